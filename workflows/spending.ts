import { condition, setHandler } from '@temporalio/workflow';
import { largest, overBudget, plus, times } from '../core/budget.ts';
import type { StageBoard } from '../core/board.ts';
import type { Budget } from '../core/operations.ts';
import type { Cost } from '../core/status.ts';
import type { RolloutSummary } from '../activities/judge.ts';
import { budgetReached } from './failures.ts';
import { budgetStageSignal } from './messages.ts';

/** What a stage may spend: the run's budget, and what the run had spent before it. */
export interface Spending {
  budget: Budget;
  before: Cost;
  /** The most that one rollout has cost so far; where none is known yet, the first one goes alone. */
  most?: Cost | undefined;
}

/** Lets rollouts in while the dearest that has been seen, for each in flight and one more, still fits into the budget. */
export function spendingOf(spending: Spending | undefined, board: StageBoard) {
  const state = { ...spending };
  setHandler(budgetStageSignal, (budget) => void (state.budget = budget), {
    description: 'the budget of the run, as an operator has changed it',
  });
  const refusal = (): string | undefined => {
    if (!state.budget || !state.before) return undefined;
    const cost = plus(state.before, board.cost);
    return overBudget(state.budget, cost, state.most && times(state.most, board.inFlight + 1));
  };
  return {
    /** Waits until one more may begin; throws `BudgetReached` where none will, once all that are in flight have ended. */
    async letOneIn(): Promise<void> {
      if (!state.budget) return;
      await condition(() => state.most !== undefined || board.inFlight === 0);
      await condition(() => refusal() === undefined || board.inFlight === 0);
      const why = refusal();
      if (why !== undefined) throw budgetReached(why);
    },
    note({ usd, inputTokens, outputTokens, sandboxSeconds }: RolloutSummary): void {
      const one: Cost = { usd, inputTokens, outputTokens, sandboxSeconds, gpuSeconds: 0 };
      state.most = state.most ? largest(state.most, one) : one;
    },
    /** For the execution that the stage goes on in. */
    now: (): Spending | undefined =>
      state.budget && state.before ? { budget: state.budget, before: state.before, most: state.most } : undefined,
  };
}
