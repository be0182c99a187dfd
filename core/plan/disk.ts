import type { Assumptions } from './assumptions.ts';
import type { ExpectedRollout } from './expected-rollout.ts';

/** Bytes of a token in text, and of one whose id and log-prob are kept as well; of a token in a dataset's row. */
const TEXT = 5;
const SAMPLED = 28;
const IN_ROW = 6;
/** Bytes of a turn's two records without their text, of a graded leaf in a verdict, of a record. */
const TURN = 420;
const LEAF = 450;
const RECORD = 1500;
/** Bytes of a weight in the state of a job that is continued: itself and AdamW's two moments, all in float32. */
const STATE = 12;

/** What one rollout leaves in the store: turn log, submission, verdict, record. */
export function rolloutBytes(rollout: ExpectedRollout, assumed: Assumptions, isSampled: boolean): number {
  const observed = rollout.turns * assumed.observationTokens + assumed.prefixTokens;
  const text = observed * TEXT + rollout.outputTokens * (isSampled ? SAMPLED : TEXT);
  return text + rollout.turns * TURN + assumed.submissionMb * 1e6 + assumed.leaves * LEAF + RECORD;
}

/** What a checkpoint takes, with the optimizer's state where the recipe keeps it. */
export const checkpointBytes = (assumed: Assumptions, keepsOptimizer: boolean): number =>
  assumed.parameters * (assumed.weightBytes + (keepsOptimizer ? STATE : 0));

export const datasetBytes = (tokens: number): number => tokens * IN_ROW;
