/** A token bucket that refills steadily; it may be overdrawn by what is known only afterwards. Amounts are per minute. */
export interface Bucket {
  /** Sets the rate; undefined means that there is no limit. */
  configure(perMinute: number | undefined): void;
  take(amount: number): void;
  /** Milliseconds until `amount` may be taken; 0 when it may be now. An amount beyond a second's worth needs a full bucket. */
  wait(amount: number): number;
}

/** It begins empty: whoever had the limits before may just have used them up. It holds a second's worth, and one at least. */
export function createBucket(now: () => number): Bucket {
  let perMs: number | undefined;
  let level = 0;
  let at = now();
  const size = (rate: number): number => Math.max(1, rate * 1000);
  const refill = (): void => {
    if (perMs !== undefined) level = Math.min(size(perMs), level + (now() - at) * perMs);
    at = now();
  };
  return {
    configure(perMinute) {
      refill();
      perMs = perMinute === undefined ? undefined : perMinute / 60_000;
    },
    take(amount) {
      refill();
      if (perMs !== undefined) level = Math.min(size(perMs), level - amount);
    },
    wait(amount) {
      refill();
      if (perMs === undefined) return 0;
      return Math.max(0, Math.ceil((Math.min(amount, size(perMs)) - level) / perMs));
    },
  };
}
