import { describeIssues } from '../../core/describe-issues.ts';
import { recipe as recipeSchema } from '../../core/recipe.ts';
import { stagesOf } from '../../core/stages.ts';
import { changesStage, tuning as tuningSchema, type Overruling, type Tuning } from '../../core/tuning.ts';
import { invalidInput } from '../failures.ts';
import { readRecord } from '../record-outcome.ts';
import type { Store } from '../store.ts';
import { readRunManifest } from './start-run.ts';

export interface CheckTuningInput {
  run: string;
  /** The one that runs. */
  stage: string;
  tuning: unknown;
}

/** What an operator wants changed, checked: InvalidInput is the sentence that the operator reads. */
export async function checkTuning(store: Store, { run, stage, tuning }: CheckTuningInput): Promise<Tuning> {
  const given = tuning ?? {};
  const parsed = tuningSchema.safeParse(given);
  if (!parsed.success) throw invalidInput(describeIssues(parsed.error, given));
  if (parsed.data.overrule) await demandViolation(store, run, parsed.data.overrule);
  if (!changesStage(parsed.data)) return parsed.data;
  const manifest = await readRunManifest(store, run);
  if (!manifest) throw new Error(`there is no run "${run}" in this store`);
  const recipe = recipeSchema.parse(await store.readJson(store.keyOf(manifest.recipe)));
  const type = stagesOf(recipe).find(({ name }) => name === stage)?.type;
  demandFields(stage, type, parsed.data);
  if (parsed.data.stage !== undefined && parsed.data.stage !== stage) {
    throw invalidInput(`stage: only the current stage, "${stage}", can be tuned (got "${parsed.data.stage}")`);
  }
  return parsed.data;
}

async function demandViolation(store: Store, run: string, { rollout }: Overruling): Promise<void> {
  const record = rollout.startsWith(`${run}.`) ? await readRecord(store, rollout) : undefined;
  if (!record)
    throw invalidInput(`overrule.rollout: this run has no rollout of that name that has ended (got "${rollout}")`);
  if (record.violated) return;
  throw invalidInput(`overrule.rollout: ${rollout} has no violation that could be overruled`);
}

/** Refuses what the running stage has not. */
function demandFields(stage: string, type: string | undefined, tuning: Tuning): void {
  if (type === 'sft') throw invalidInput(`stage ${stage} trains and plays no rollouts: there is nothing to tune`);
  const { steps, timeout, judgeQueue, factory } = tuning;
  if (type !== 'rl' && steps !== undefined) {
    throw invalidInput(`steps: stage ${stage} has no steps, only stages of RL have (got ${steps})`);
  }
  if (type !== 'factory' && factory !== undefined) {
    throw invalidInput(`factory: stage ${stage} makes no tasks, only the stage factory does`);
  }
  if (type === 'factory' && (timeout ?? judgeQueue) !== undefined) {
    throw invalidInput(`${timeout === undefined ? 'judgeQueue' : 'timeout'}: stage ${stage} plays no rollouts`);
  }
}
