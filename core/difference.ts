import { z } from 'zod';
import type { LedgerRow } from './ledger.ts';
import { mean, standardError } from './statistics.ts';

/** How much higher one policy scored than another. */
export const difference = z.object({
  mean: z.number().nullable(),
  stderr: z.number().nullable(),
  /** Whether both played the same tasks: each task is then compared with itself. */
  paired: z.boolean(),
});
export type Difference = z.infer<typeof difference>;

type Row = Pick<LedgerRow, 'task' | 'outcome' | 'score'>;

/**
 * The difference of two policies' mean scores. On the same tasks it is the mean of the tasks' own differences, whose error is
 * smaller, for a hard task is hard for both; otherwise the two errors add up as those of independent means.
 */
export function differenceOf(rows: readonly Row[], others: readonly Row[]): Difference {
  const [ours, theirs] = [scoresByTask(rows), scoresByTask(others)];
  const isSame = ours.size > 0 && ours.size === theirs.size && [...ours.keys()].every((task) => theirs.has(task));
  if (isSame) {
    const gains = [...ours].map(([task, score]) => score - (theirs.get(task) as number));
    return { mean: mean(gains), stderr: standardError(gains), paired: true };
  }
  const [one, other] = [[...ours.values()], [...theirs.values()]];
  const [a, b] = [mean(one), mean(other)];
  const [errorA, errorB] = [standardError(one), standardError(other)];
  return {
    mean: a === null || b === null ? null : a - b,
    stderr: errorA === null || errorB === null ? null : Math.hypot(errorA, errorB),
    paired: false,
  };
}

/** The mean score of each task's scored rollouts. */
function scoresByTask(rows: readonly Row[]): Map<string, number> {
  const scores = new Map<string, number[]>();
  for (const { task, outcome, score } of rows) {
    if (outcome === 'scored') scores.set(task, [...(scores.get(task) ?? []), score ?? 0]);
  }
  return new Map([...scores].map(([task, all]) => [task, mean(all) as number]));
}
