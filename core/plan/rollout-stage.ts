import type { RecipeStage } from '../recipe-stages.ts';
import { leastPipeline } from './bound.ts';
import { rolloutBytes } from './disk.ts';
import { expectedRollout, type ExpectedRollout } from './expected-rollout.ts';
import { EVENTS, ROLLOUTS_PER_EXECUTION } from './history.ts';
import { judgingOf } from './judging.ts';
import { inItsTokens, modelBehind } from './language-model.ts';
import { rolloutUsd, sumUsd } from './model-cost.ts';
import { noWork, type PlannedStage, type PlannedWork } from './plan.ts';
import { playingOf, type Planning } from './planning.ts';

type RolloutStage = Extract<RecipeStage, { type: 'distill' | 'evaluate' }>;

/** A distillation, or one policy of an evaluation. */
export function planRolloutStage(
  planning: Planning,
  stage: RolloutStage,
  { name, policy }: { name: string; policy: string },
): PlannedStage {
  const { tasks, slots, assumed } = planning;
  const rollouts = Math.min(tasks[stage.suite], papersOf(stage)) * stage.rolloutsPerTask;
  const model = modelBehind(planning.recipe, policy);
  const its = model ? inItsTokens(assumed, planning.recipe, model) : assumed;
  const each = expectedRollout(playingOf(planning, policy, stage.timeout), its);
  return {
    name,
    type: stage.type,
    ...workOf(planning, { stage: name, rollouts, each, policy }),
    leastSeconds: leastPipeline(
      { jobs: rollouts, seconds: each.slotSeconds, slots: Math.min(slots.rollout, stage.concurrency) },
      { jobs: rollouts, seconds: assumed.judgeSeconds, slots: slots.judge },
    ),
    events: rollouts * (EVENTS.rollout + EVENTS.child) + EVENTS.stage + EVENTS.inRun,
    longestHistory: Math.min(rollouts, ROLLOUTS_PER_EXECUTION) * EVENTS.child + EVENTS.stage,
  };
}

/** How many papers of its suite a stage plays at most. */
const papersOf = (stage: RolloutStage): number => ('papers' in stage ? (stage.papers ?? Infinity) : Infinity);

/** What rollouts take, wherever they are played: tokens, judging, disk. */
export function workOf(
  planning: Planning,
  { stage, rollouts, each, policy }: { stage: string; rollouts: number; each: ExpectedRollout; policy: string },
): PlannedWork {
  const { recipe, assumed } = planning;
  const model = modelBehind(recipe, policy);
  const judging = judgingOf(planning, stage, rollouts);
  return {
    ...noWork(),
    ...judging,
    rollouts,
    turns: rollouts * each.turns,
    promptTokens: rollouts * each.promptTokens,
    newTokens: rollouts * each.newTokens,
    outputTokens: rollouts * each.outputTokens,
    bytes: rollouts * rolloutBytes(each, assumed, !Object.hasOwn(recipe.policies, policy)),
    usd: sumUsd(judging.usd, model ? rolloutUsd(model, each, rollouts) : null),
  };
}
