import { stageBoard } from './board.ts';
import { addCounts } from './ledger.ts';
import type { Cost, RunStatus, StageStatus, State } from './status.ts';

/** A run's status out of its stages' and what the operator's desk knows. */
export function runBoard(
  run: string,
  stages: StageStatus[],
  now: { state: State; waitsFor: string | null },
): RunStatus {
  const current = stages.findLast((stage) => stage.startedAt !== null);
  return {
    run,
    state: now.state,
    stage: current?.name ?? null,
    step: null,
    waitsFor: now.waitsFor,
    ...addCounts(stages),
    inFlight: stages.reduce((sum, stage) => sum + stage.inFlight, 0),
    meanScore: current?.meanScore ?? null,
    cost: addCosts(stages.map((stage) => stage.cost)),
    stages,
  };
}

export const waitingStage = (name: string): StageStatus => ({ ...stageBoard(name, null), state: 'waiting' });

function addCosts(costs: readonly Cost[]): Cost {
  const sum = (key: keyof Cost): number => costs.reduce((total, cost) => total + (cost[key] ?? 0), 0);
  return {
    usd: sum('usd'),
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    sandboxSeconds: sum('sandboxSeconds'),
    gpuSeconds: sum('gpuSeconds'),
  };
}
