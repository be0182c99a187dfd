import { createHash } from 'node:crypto';
import type { Decontamination } from '../../core/factory/decontamination.ts';
import type { Drop } from '../../core/factory/drop.ts';
import type { FactorySettings } from '../../core/factory/factory-settings.ts';
import type { PaperPlace } from '../../core/factory/paper.ts';
import type { NodeEvidence, Provenance } from '../../core/factory/provenance.ts';
import { findingLines } from '../../core/rubric-builder/checks.ts';
import { leavesOf, nodesOf, type DraftNode } from '../../core/rubric-builder/draft.ts';
import { finishDraft, type Finished } from '../../core/rubric-builder/finish.ts';
import { isAccepted } from '../../core/rubric-builder/plan.ts';
import { supportsOf, type Sources } from '../../core/rubric-builder/support.ts';
import { toRubric } from '../../core/rubric-builder/tree.ts';
import type { RubricNode } from '../../core/rubric/node.ts';
import type { Answers } from './calls.ts';
import type { Material } from './material.ts';
import { addendumText } from './outline.ts';
import { standingOf } from './plan-rubric.ts';
import type { Prompts } from '../prompts.ts';
import { sha256 } from './sha256.ts';
import type { FinishedTask } from './write-task.ts';
import { serialiseRubric } from '../../core/rubric/text.ts';

export interface Finishing {
  place: PaperPlace;
  answers: Answers;
  material: Material;
  settings: FactorySettings;
  decontamination: Decontamination | null;
  prompts: Prompts;
  models: Provenance['models'];
  codeVersion: string;
}

/** The task as the answers make it, null where that is no tree, and why it is not taken, null where it is. */
export function finishRubric(finishing: Finishing): { task: FinishedTask | null; drop: Drop | null } {
  const { place, answers, material, settings } = finishing;
  const { built } = standingOf(answers, finishing);
  const finished = finishDraft(built.draft, { sources: material.sources, settings: settings.rubric });
  const objection = objectionTo(finished, { reviews: built.reviews, settings });
  const drop: Drop | null = objection ? { paper: place.paper, step: 'rubric', ...objection } : null;
  if (finished.checks.some(({ check, ok }) => check === 'schema' && !ok)) return { task: null, drop };
  const idOf = ({ path }: DraftNode): string => uuidOf(`${place.paper}/${path}`);
  const rubric = toRubric(finished.draft.root, idOf);
  const addendum = addendumText(material.record.title, built.notes ?? []);
  return { task: { rubric, addendum, provenance: provenanceOf(finishing, { finished, rubric, idOf }) }, drop };
}

function objectionTo(
  { checks }: Finished,
  { reviews, settings }: { reviews: Parameters<typeof isAccepted>[0]; settings: FactorySettings },
): Pick<Drop, 'rule' | 'reason' | 'evidence'> | undefined {
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length > 0) {
    const lines = findingLines(failed);
    const reason = `its rubric does not pass: ${failed.map(({ check }) => check).join(', ')} (${lines.length} finding${lines.length === 1 ? '' : 's'})`;
    return { rule: failed[0]?.check ?? 'checks', reason, evidence: lines.slice(0, 5).join('\n') || null };
  }
  if (settings.rubric.reviewRounds === 0 || isAccepted(reviews)) return undefined;
  const blocking = (reviews.at(-1)?.objections ?? []).filter((objection) => objection.blocking);
  const evidence = blocking.map(({ path, problem }) => `${path}: ${problem}`).join('\n');
  return {
    rule: 'review',
    reason: `the reviewer still objects after ${reviews.length} reviews`,
    evidence: evidence || null,
  };
}

interface Named {
  finished: Finished;
  rubric: RubricNode;
  idOf(node: DraftNode): string;
}

function provenanceOf(finishing: Finishing, { finished, rubric, idOf }: Named): Provenance {
  const { place, answers, material, decontamination, prompts, models, codeVersion } = finishing;
  const { built } = standingOf(answers, finishing);
  const at = new Date().toISOString();
  const { record, conversion, found } = material;
  const { converter, words, quality, notes } = conversion;
  const first = {
    version: 1,
    sha256: sha256(serialiseRubric(rubric)),
    by: 'factory',
    note: '',
    at,
    checks: finished.checks,
  };
  return {
    paper: record,
    made: { run: place.run, codeVersion, at },
    conversion: { converter, words, quality, notes },
    code: found.folder === null ? null : { address: found.address, commit: found.commit },
    decontamination,
    prompts: prompts.hashes,
    models,
    rubric: {
      leaves: leavesOf(finished.draft.root).length,
      nodes: nodesOf(finished.draft.root).reduce<Provenance['rubric']['nodes']>((nodes, node) => {
        nodes[idOf(node)] = { path: node.path, evidence: evidenceOf(node, material.sources) };
        return nodes;
      }, {}),
      pruned: finished.pruned,
      leftOut: [...finished.draft.leftOut],
      refused: built.refused,
      reviews: built.reviews,
      versions: [first],
    },
    checks: finished.checks,
    dryJudging: {
      ok: false,
      skipped: 'the rubric was not judged',
      judge: null,
      official: null,
      empty: null,
      shuffled: null,
      usd: 0,
    },
    cost: answers.cost,
  };
}

/** The quotes of one node, each with the line on which it begins. */
function evidenceOf(node: DraftNode, sources: Sources): NodeEvidence[] {
  return supportsOf({ ...node, children: [] }, sources).map(({ evidence, file, span }) => {
    const text = evidence.source === 'paper' ? sources.paper.text : sources.code.get(file ?? '')?.text;
    const line = span === null || text === undefined ? null : text.slice(0, span.start).split('\n').length;
    return { source: evidence.source, file, quote: evidence.quote, line };
  });
}

/** A UUID that is always the same for the same name. */
export function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
