import type { PaperSummary } from '../../core/factory/board.ts';
import type { Drop } from '../../core/factory/drop.ts';
import type { FactorySettings } from '../../core/factory/factory-settings.ts';
import type { PaperPlace } from '../../core/factory/paper.ts';
import { provenance as provenanceSchema, type DryJudging } from '../../core/factory/provenance.ts';
import { shuffleLines } from '../../core/factory/shuffle.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import { pruneToCodeDevelopment } from '../../core/rubric/prune.ts';
import { parseRubric } from '../../core/rubric/text.ts';
import { FOLDER } from '../../core/task-folder.ts';
import type { Beat } from '../agent/heartbeat.ts';
import type { Store } from '../store.ts';
import { readAnswers } from './calls.ts';
import type { CodeFile } from './code-text.ts';
import type { Material } from './material.ts';
import { recordOutcome } from './outcomes.ts';
import { publishDraft, PROVENANCE } from './write-task.ts';

/** A judge that grades what was never run: by the leaves of Code Development alone. */
export interface DryJudge {
  grade(of: {
    /** The task's folder. */
    task: string;
    /** Names the submission: the same for the same files of the same task. */
    name: string;
    place: PaperPlace;
    files: readonly CodeFile[];
    signal: AbortSignal;
  }): Promise<{ score: number; judge: string; usd: number }>;
}

export interface DryJudgingDependencies {
  store: Store;
  judge: DryJudge;
  settings: FactorySettings;
  material(place: PaperPlace): Promise<Material>;
}

/** Grades the official code, nothing, and nonsense; the task is published where the judge tells them apart. */
export async function judgeDry(deps: DryJudgingDependencies, place: PaperPlace, beat: Beat): Promise<PaperSummary> {
  const { store, settings } = deps;
  const judged = await judgings(deps, place, beat);
  await store.writeJson(taskKeys.dryJudging(place), judged);
  const { cost } = await readAnswers(store, place);
  const spent = { ...cost, usd: cost.usd + judged.usd, paid: cost.paid + judged.usd };
  if (!judged.ok) {
    return recordOutcome(store, place, { outcome: 'dropped', drop: dropOf(place, judged, settings), cost: spent });
  }
  const key = `${taskKeys.draft(place)}/${PROVENANCE}`;
  const provenance = provenanceSchema.parse(await store.readJson(key));
  await store.writeJson(key, { ...provenance, dryJudging: judged, cost: spent });
  await publishDraft(store, place);
  return recordOutcome(store, place, { outcome: 'made', leaves: provenance.rubric.leaves, cost: spent });
}

async function judgings(
  deps: DryJudgingDependencies,
  place: PaperPlace,
  { signal, progress }: Beat,
): Promise<DryJudging> {
  const { store, judge, settings } = deps;
  const { files } = await deps.material(place);
  const task = store.path(taskKeys.draft(place));
  const rubric = parseRubric((await store.read(`${taskKeys.draft(place)}/${FOLDER.rubric}`)).toString('utf8'));
  if (pruneToCodeDevelopment(rubric) === null) return skipped('no leaf asks for code');
  const grade = async (name: string, submitted: readonly CodeFile[]) => {
    progress(`grades ${name}`);
    return judge.grade({ task, name, place, files: submitted, signal });
  };
  const empty = await grade('empty', []);
  if (files.length === 0) {
    const none = {
      official: null,
      shuffled: null,
      skipped: 'there is no official code: only the empty submission was judged',
    };
    return {
      ...none,
      ok: empty.score <= settings.dryJudging.empty,
      judge: empty.judge,
      empty: empty.score,
      usd: empty.usd,
    };
  }
  const official = await grade('official', files);
  const shuffled = await grade('shuffled', shuffleLines(files));
  const { dryJudging: bounds } = settings;
  const ok = official.score >= bounds.official && empty.score <= bounds.empty && shuffled.score <= bounds.shuffled;
  const usd = empty.usd + official.usd + shuffled.usd;
  return {
    ok,
    skipped: null,
    judge: official.judge,
    official: official.score,
    empty: empty.score,
    shuffled: shuffled.score,
    usd,
  };
}

const skipped = (why: string): DryJudging => ({
  ok: true,
  skipped: why,
  judge: null,
  official: null,
  empty: null,
  shuffled: null,
  usd: 0,
});

function dropOf({ paper }: PaperPlace, judged: DryJudging, { dryJudging: bounds }: FactorySettings): Drop {
  const { official, empty, shuffled } = judged;
  const parts = [
    official !== null && official < bounds.official
      ? `the official code scores ${official.toFixed(2)}, less than ${bounds.official}`
      : '',
    empty !== null && empty > bounds.empty
      ? `an empty submission scores ${empty.toFixed(2)}, more than ${bounds.empty}`
      : '',
    shuffled !== null && shuffled > bounds.shuffled
      ? `the official code with its lines shuffled scores ${shuffled.toFixed(2)}, more than ${bounds.shuffled}`
      : '',
  ].filter((part) => part !== '');
  return { paper, step: 'rubric', rule: 'dry judging', reason: parts.join('; '), evidence: null };
}
