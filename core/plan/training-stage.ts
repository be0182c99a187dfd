import type { RecipeStage } from '../recipe-stages.ts';
import { checkpointBytes, datasetBytes } from './disk.ts';
import { expectedRollout } from './expected-rollout.ts';
import { EVENTS } from './history.ts';
import { noWork, type PlannedStage } from './plan.ts';
import { asStudent, type Planning } from './planning.ts';

type Stage<Type extends RecipeStage['type']> = Extract<RecipeStage, { type: Type }>;

const training = { ...noWork(), type: 'sft', events: EVENTS.training + EVENTS.inRun, longestHistory: EVENTS.training };

/** A model is created: a checkpoint, and nothing is trained. */
export const planInit = ({ assumed }: Planning, { name }: Stage<'init'>): PlannedStage => ({
  ...training,
  name,
  bytes: checkpointBytes(assumed, false),
});

/** Supervised training: as many tokens as its steps hold, however often that is through its data. */
export function planSft(planning: Planning, stage: Stage<'sft'>): PlannedStage {
  const { steps, batchTokens, keepOptimizer } = stage.training;
  const trainedTokens = steps * batchTokens;
  return {
    ...training,
    name: stage.name,
    trainedTokens,
    leastSeconds: trainingSeconds(planning, trainedTokens),
    bytes: checkpointBytes(planning.assumed, keepOptimizer) + datasetBytes(rowTokensOf(planning, stage)),
  };
}

/** Seconds of the trainer; none where its speed is not known. */
export const trainingSeconds = ({ assumed }: Planning, tokens: number): number =>
  assumed.trainTokensPerSecond === 0 ? 0 : tokens / assumed.trainTokensPerSecond;

/** Tokens of the rows that an sft stage is trained on. */
export function rowTokensOf(planning: Planning, { data }: Stage<'sft'>): number {
  const { recipe, tasks, assumed } = planning;
  // A drill is as long as a window at most.
  if (data.type === 'drills') return data.examples * (recipe.student?.windows.maxTokens ?? assumed.prefixTokens);
  const distill = recipe.stages.find((stage) => stage.type === 'distill');
  if (!distill) return 0;
  const kept = tasks[distill.suite] * distill.rolloutsPerTask * assumed.accepted;
  const { rowTokens } = expectedRollout(asStudent(recipe, distill.timeout), assumed);
  const each =
    data.mode === 'truncated' ? Math.min(rowTokens, recipe.student?.windows.maxTokens ?? rowTokens) : rowTokens;
  return kept * each;
}
