import { condition, setHandler } from '@temporalio/workflow';
import { largest, overBudget, plus, times } from '../core/budget.ts';
import type { StageBoard } from '../core/board.ts';
import type { Budget } from '../core/operations.ts';
import type { Cost } from '../core/status.ts';
import { budgetReached } from './failures.ts';
import { budgetStageSignal } from './messages.ts';

/** What a stage may spend: the run's budget, and what the run had spent before it. */
export interface Spending {
  /** None where nobody has set one yet. */
  budget?: Budget | undefined;
  before: Cost;
  /** The most that one rollout has cost so far; where none is known yet, the first one goes alone. */
  most?: Cost | undefined;
}

/** What a rollout has taken. */
type Spent = Omit<Cost, 'gpuSeconds'>;

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
    /** How many rollouts, `most` of them at most, may be in flight at a time: as many as fit if each is as dear as the dearest. */
    room(most: number): number {
      const { budget, before } = state;
      if (!budget || !before) return most;
      const cost = plus(before, board.cost);
      if (!state.most) return overBudget(budget, cost) === undefined ? Math.min(1, most) : 0;
      let room = 0;
      while (room < most && overBudget(budget, cost, times(state.most, room + 1)) === undefined) room += 1;
      return room;
    },
    /** Throws `BudgetReached` where so much more could be too much: as much as the dearest rollout, if nothing else is said. */
    demand(more = state.most): void {
      const { budget, before } = state;
      const why = budget && before && overBudget(budget, plus(before, board.cost), more);
      if (why !== undefined) throw budgetReached(why);
    },
    note({ usd, inputTokens, outputTokens, sandboxSeconds }: Spent): void {
      const one: Cost = { usd, inputTokens, outputTokens, sandboxSeconds, gpuSeconds: 0 };
      state.most = state.most ? largest(state.most, one) : one;
    },
    /** For the execution that the stage goes on in. */
    now: (): Spending | undefined => state.before && { budget: state.budget, before: state.before, most: state.most },
  };
}
