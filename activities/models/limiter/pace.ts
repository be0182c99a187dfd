/**
 * How much of the allowed rate is used. A refusal now and then is only that request's; when many requests are refused, everyone
 * slows down, and speeds up again step by step as answers come.
 */
export interface Pace {
  /** Of the limits, between `SLOWEST` and 1. */
  factor(): number;
  /** Milliseconds in which nobody should ask. */
  blockedFor(): number;
  answered(): void;
  /** `spent`: the provider says that nothing is left for anyone until then. */
  refused(retryAfter: number | undefined, spent: boolean): void;
}

const SLOWEST = 0.05;
/** Share of refused requests, the newest ones counting most, from which on everyone slows down. */
const TOO_MANY = 0.25;
const NEWEST = 0.05;
const SLOWER = 0.7;
const FASTER = 0.02;
/** Between two slow-downs: the answers to what was asked before the first one say nothing about it. */
const SETTLE_MS = 1000;

export function createPace(now: () => number): Pace {
  let factor = 1;
  let refusals = 0;
  let blockedUntil = 0;
  let slowedAt = -Infinity;
  return {
    factor: () => factor,
    blockedFor: () => Math.max(0, Math.ceil(blockedUntil - now())),
    answered() {
      refusals *= 1 - NEWEST;
      factor = Math.min(1, factor + FASTER * factor);
    },
    refused(retryAfter, spent) {
      refusals = refusals * (1 - NEWEST) + NEWEST;
      if (spent) blockedUntil = Math.max(blockedUntil, now() + (retryAfter ?? 1) * 1000);
      if (refusals < TOO_MANY || now() - slowedAt < SETTLE_MS) return;
      slowedAt = now();
      factor = Math.max(SLOWEST, factor * SLOWER);
    },
  };
}
