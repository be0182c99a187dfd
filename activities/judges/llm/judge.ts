import { createHash } from 'node:crypto';
import { composeVerdict, type LeafOutcome } from '../../../core/judging/compose.ts';
import { keys } from '../../../core/names.ts';
import type { LeafVerdict } from '../../../core/record.ts';
import { invalidInput } from '../../failures.ts';
import { recipeHash } from '../../recipe-hash.ts';
import type { GradeSubmission, Judged, Submission } from '../judged.ts';
import { askInBatches } from './ask-in-batches.ts';
import { askOneByOne } from './ask-one-by-one.ts';
import type { Judging, LlmJudgeDependencies, OpenLeaf } from './judging.ts';
import { openLeafGrades, type LeafGrades } from './leaf-grades.ts';
import { readMaterial, type Material } from './material.ts';
import { createPriorBytes } from './priors.ts';
import type { LeafInPlace } from '../../../core/judging/prior-nodes.ts';

/** The judge of language models: PaperBench's SimpleJudge, leaf by leaf, with every grade kept as it comes. */
export function createLlmJudge(deps: LlmJudgeDependencies): GradeSubmission {
  const version = judgeVersion(deps);
  return async (input) => {
    const { submission, reproduction, rollout } = input;
    const tar = reproduction ? deps.store.path(deps.store.keyOf(reproduction.value.left)) : submission.file;
    const from = { task: input.task, submission: tar, reproduction: reproduction?.value };
    const material = await readMaterial(deps.settings, from);
    const file = deps.store.path(keys.leafGrades(version, submission.artifact.sha256));
    const grades = openLeafGrades(file, rollout);
    try {
      const outcomes = await gradeAll(deps, { material, grades, version, input });
      return judged(input, { version, material, grades, outcomes });
    } finally {
      await grades.close();
    }
  };
}

/** Of everything beside submission and rubric that a grade depends on: prompts, model and settings. */
export function judgeVersion({
  prompts,
  model,
  settings,
}: Pick<LlmJudgeDependencies, 'prompts' | 'model' | 'settings'>): string {
  const { limits: _l, price: _p, timeout: _t, patience: _w, baseUrl: _b, apiKeyEnv: _k, ...asked } = model.settings;
  const { concurrency: _c, batch: _a, model: _m, reproduction: _r, ...graded } = settings;
  return `llm-${recipeHash({ prompts: prompts.hash, model: asked, settings: graded }).slice(0, 12)}`;
}

interface Begun {
  material: Material;
  grades: LeafGrades;
  version: string;
  input: Submission;
}

/** Grades whatever is not known yet. */
async function gradeAll(
  deps: LlmJudgeDependencies,
  { material, grades, version, input }: Begun,
): Promise<Map<string, LeafOutcome>> {
  const outcomes = new Map<string, LeafOutcome>();
  const open: OpenLeaf[] = [];
  const opened = leafOpener(material, input);
  for (const place of material.leaves) {
    const grade = withoutAsking(place, material);
    if (grade) outcomes.set(place.leaf.id, { grade });
    else open.push(opened(place));
  }
  const onProgress = (): void => input.onProgress({ judged: outcomes.size, of: material.leaves.length });
  onProgress();
  const { signal } = input;
  const submission = input.submission.artifact.sha256;
  const judging: Judging = { ...deps, material, grades, outcomes, version, submission, onProgress, signal };
  await (deps.settings.batch ? askInBatches(judging, open) : askOneByOne(judging, open));
  return outcomes;
}

/**
 * The same question about the same submission has the same key; what the reproduction left matters where it is shown. Keys are made
 * late: of thousands of leaves the first should not wait for the hash of the last.
 */
function leafOpener(material: Material, { reproduction }: Submission): (place: LeafInPlace) => OpenLeaf {
  const priors = createPriorBytes();
  const rest = JSON.stringify(material.basis);
  const left = JSON.stringify(reproduction?.value.left.sha256 ?? null);
  const keyOf = ({ leaf, prior }: LeafInPlace): string => {
    const own = [leaf.id, leaf.requirements, leaf.task_category].map((field) => JSON.stringify(field)).join();
    const ran = leaf.task_category === 'Code Development' ? 'null' : left;
    const hash = createHash('sha256').update(`[${own},[`).update(priors(prior));
    return hash.update(`],${rest},${ran}]`).digest('hex');
  };
  return (place) => {
    let key: string | undefined;
    return {
      place,
      get key() {
        return (key ??= keyOf(place));
      },
    };
  };
}

/** Results that nothing has made cannot be right; PaperBench's judge does not ask either. */
function withoutAsking({ leaf }: LeafInPlace, { hasResults }: Material): LeafVerdict | undefined {
  const { id, requirements, task_category: category } = leaf;
  if (!category || category === 'Subtree') throw invalidInput(`leaf ${id}: the judge does not grade ${category ?? ''}`);
  if (category !== 'Result Analysis' || hasResults) return undefined;
  return {
    leaf: id,
    requirements,
    category,
    score: 0,
    checked: 'a result that running reproduce.sh has made',
    found: 'running reproduce.sh has made or changed no document and no table',
  };
}

function judged(
  { submission, reproduction }: Submission,
  { version, material, grades, outcomes }: Omit<Begun, 'input'> & { outcomes: ReadonlyMap<string, LeafOutcome> },
): Judged {
  const common = {
    judge: version,
    submission: submission.artifact,
    usage: { ...grades.spent() },
    ...(reproduction ? { reproduction: reproduction.artifact } : {}),
  };
  const { complete: _, ...composed } = composeVerdict(material.rubric, outcomes);
  return { ...common, ...composed };
}
