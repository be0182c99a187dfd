import type { Limits } from './types.ts';

/** Rate limits as the API has them: buckets that refill all the time and hold a second's worth. */
export interface Rates {
  /** Takes a request with so many tokens; where there is no room, says after how many seconds there is. */
  take(inputTokens: number): number;
  headers(): Record<string, string>;
}

export function createRates({ requestsPerMinute, inputTokensPerMinute }: Limits): Rates {
  const requests = bucket(requestsPerMinute);
  const input = bucket(inputTokensPerMinute);
  return {
    take(inputTokens) {
      const wait = Math.max(requests.wait(), input.wait());
      if (wait > 0) return wait;
      requests.take(1);
      input.take(inputTokens);
      return 0;
    },
    headers: () => ({
      ...headersOf('requests', requestsPerMinute, requests.left()),
      ...headersOf('input-tokens', inputTokensPerMinute, input.left()),
    }),
  };
}

function headersOf(what: string, limit: number | undefined, left: number): Record<string, string> {
  if (limit === undefined) return {};
  return {
    [`anthropic-ratelimit-${what}-limit`]: String(limit),
    [`anthropic-ratelimit-${what}-remaining`]: String(Math.max(0, Math.floor(left))),
  };
}

function bucket(perMinute: number | undefined) {
  const rate = (perMinute ?? 0) / 60_000;
  const size = Math.max(1, rate * 1000);
  let level = size;
  let at = performance.now();
  const refill = (): void => {
    level = Math.min(size, level + (performance.now() - at) * rate);
    at = performance.now();
  };
  return {
    wait(): number {
      refill();
      return perMinute === undefined || level >= 1 ? 0 : (1 - level) / rate / 1000;
    },
    take: (amount: number): void => void (level -= amount),
    left: (): number => level,
  };
}
