import { judgeOf } from '../judge-settings.ts';
import { callsUsd } from './model-cost.ts';
import type { PlannedWork } from './plan.ts';
import type { Planning } from './planning.ts';

/** A leaf's files are picked by one call, and it is graded by another. */
const CALLS_PER_LEAF = 2;

/** What judging the rollouts of a stage takes: programs cost nothing, a language model is asked about each leaf. */
export function judgingOf(
  { recipe, assumed }: Planning,
  stage: string,
  rollouts: number,
): Pick<PlannedWork, 'judgings' | 'leaves' | 'judgeCalls' | 'judgeInputTokens' | 'judgeOutputTokens' | 'usd'> {
  const judge = judgeOf(recipe, stage);
  if (judge.type === 'check') {
    const none = { judgeCalls: 0, judgeInputTokens: 0, judgeOutputTokens: 0, usd: null };
    return { judgings: rollouts, leaves: rollouts * assumed.leaves, ...none };
  }
  const share = judge.variant === 'code-development' ? assumed.developmentShare : 1;
  const leaves = Math.round(rollouts * assumed.leaves * share);
  const judgeInputTokens = leaves * assumed.judgeInputTokens;
  const judgeOutputTokens = leaves * assumed.judgeOutputTokens;
  const used = { inputTokens: judgeInputTokens, outputTokens: judgeOutputTokens };
  return {
    judgings: rollouts,
    leaves,
    judgeCalls: leaves * CALLS_PER_LEAF,
    judgeInputTokens,
    judgeOutputTokens,
    usd: callsUsd(recipe.models[judge.model], used, judge.batch),
  };
}
