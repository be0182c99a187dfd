export interface Backoff {
  firstMs: number;
  mostMs: number;
  /** A process that ran this long is taken for healthy: the next failure counts as the first. */
  healthyMs: number;
}

export const BACKOFF: Backoff = { firstMs: 500, mostMs: 30_000, healthyMs: 60_000 };

/** Milliseconds to wait before start number `failures` + 1 in a row, from 1; doubles up to the most. */
export function backoffMs({ firstMs, mostMs }: Backoff, failures: number): number {
  return Math.min(mostMs, firstMs * 2 ** (failures - 1));
}
