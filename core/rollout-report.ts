import type { Outcome } from './record.ts';

/** What a rollout tells the stage that it plays for, once it has ended. */
export interface RolloutReport {
  rollout: string;
  outcome: Outcome;
  score: number | null;
  sandboxSeconds: number;
  usd: number;
  inputTokens: number;
  outputTokens: number;
  /** When it had been played and went to the judge, in milliseconds; null where that is not known. */
  playedAt: number | null;
}
