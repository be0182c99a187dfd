import type { JudgeSettings } from '../../core/judge-settings.ts';
import { reproduction as reproductionSchema } from '../../core/judging/reproduction.ts';
import { keys, parseRolloutId } from '../../core/names.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { Artifact } from '../../core/record.ts';
import { limitsOf } from '../../core/rollout-settings.ts';
import type { Store } from '../store.ts';
import type { FindJudge } from './create-judges.ts';
import type { Judged, Submission } from './judged.ts';
import { readOverrule } from './monitor/overrules.ts';
import { watch } from './monitor/watch.ts';

export interface GradingDependencies {
  store: Store;
  judge: FindJudge;
}

export interface GradingRequest {
  rollout: string;
  recipe: Recipe;
  settings: JudgeSettings;
  submission: Artifact;
  /** `reproduction.json`, where there was one. */
  reproduction?: Artifact | undefined;
  /** Of the attempt: an older one is kept out of the judge's sandbox. */
  epoch: number;
  onProgress(details: unknown): void;
  signal: AbortSignal;
}

/**
 * Looks for violations of the task's blacklist, then has the submission graded. A violation is a score of 0 that says so, unless a
 * person has overruled it; it costs no leaf.
 */
export async function gradeRollout({ store, judge }: GradingDependencies, request: GradingRequest): Promise<Judged> {
  const { rollout, recipe, settings, submission } = request;
  const { run, task } = parseRolloutId(rollout);
  const folder = store.path(keys.task(run, task));
  const file = store.path(store.keyOf(submission));
  const overruled = await readOverrule(store, rollout);
  const violations = overruled === undefined ? await watch(store, { folder, rollout, submission: file }) : [];
  if (violations.length > 0) {
    return { judge: 'monitor', submission, score: 0, categories: {}, leaves: [], violations };
  }
  const given: Submission = {
    rollout,
    task: folder,
    submission: { artifact: submission, file },
    sandbox: { id: `${rollout}.judge`, labels: { run, rollout }, epoch: request.epoch },
    limits: limitsOf(recipe.rollout.sandbox),
    ...(request.reproduction ? { reproduction: await readReproduction(store, request.reproduction) } : {}),
    onProgress: request.onProgress,
    signal: request.signal,
  };
  const judged = await judge(settings, recipe)(given);
  return overruled === undefined || 'unjudged' in judged ? judged : { ...judged, overruled };
}

async function readReproduction(store: Store, artifact: Artifact) {
  return { artifact, value: reproductionSchema.parse(await store.readJson(store.keyOf(artifact))) };
}
