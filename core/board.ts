import { noCost, noCounts } from './nothing.ts';
import type { StageStatus } from './status.ts';

/** A stage's status as it changes. */
export type StageBoard = StageStatus;

/** What one rollout adds to the figures of its stage. */
export interface Scored {
  outcome: 'scored' | 'infra-failed' | 'cancelled';
  score: number | null;
  sandboxSeconds: number;
  usd: number;
  inputTokens: number;
  outputTokens: number;
}

export const stageBoard = (name: string, startedAt: string | null): StageBoard => ({
  name,
  state: 'running',
  ...noCounts(),
  inFlight: 0,
  meanScore: null,
  cost: noCost(),
  startedAt,
  endedAt: null,
});

/** Counts a finished rollout. */
export function addSummary(board: StageBoard, summary: Scored): void {
  if (summary.outcome === 'scored' && summary.score !== null) {
    board.meanScore = ((board.meanScore ?? 0) * board.scored + summary.score) / (board.scored + 1);
    board.scored += 1;
  }
  if (summary.outcome === 'infra-failed') board.infraFailed += 1;
  if (summary.outcome === 'cancelled') board.cancelled += 1;
  board.cost.usd += summary.usd;
  board.cost.inputTokens += summary.inputTokens;
  board.cost.outputTokens += summary.outputTokens;
  board.cost.sandboxSeconds += summary.sandboxSeconds;
}
