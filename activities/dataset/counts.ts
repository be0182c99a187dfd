import type { DatasetCounts, WindowsExample } from '../../core/dataset.ts';
import { IGNORED } from '../../core/rows.ts';
import type { DatasetRow } from './columns.ts';

const EXAMPLES = 20;

export const noCounts = (): DatasetCounts => ({
  trajectories: 0,
  leftOut: { turn: 0, prefix: 0 },
  leftOutExamples: [],
  rows: 0,
  tokens: 0,
  trainedTokens: 0,
  histogram: {},
  rowsPerTrajectory: {},
});

/** Counts a row in; `bin` is the width of the histogram's bins in tokens. */
export function countRow(counts: DatasetCounts, row: DatasetRow, bin: number): void {
  const length = row.input_ids.length;
  counts.rows += 1;
  counts.tokens += length;
  for (const label of row.labels) if (label !== IGNORED) counts.trainedTokens += 1;
  const upper = String(Math.max(Math.ceil(length / bin), 1) * bin);
  counts.histogram[upper] = (counts.histogram[upper] ?? 0) + 1;
}

/** Counts a whole trajectory in, and keeps the first of several windows as the example. */
export function countTrajectory(counts: DatasetCounts, rows: number, example: WindowsExample | undefined): void {
  counts.trajectories += 1;
  counts.rowsPerTrajectory[rows] = (counts.rowsPerTrajectory[rows] ?? 0) + 1;
  if (example && example.windows.length > 1) counts.example ??= example;
}

/** Counts a trajectory that could not fit; only the first few are named. */
export function countLeftOut(
  counts: DatasetCounts,
  what: 'turn' | 'prefix',
  example: { rollout: string; why: string },
): void {
  counts.leftOut[what] += 1;
  if (counts.leftOutExamples.length < EXAMPLES) counts.leftOutExamples.push(example);
}
