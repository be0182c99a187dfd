import { setTimeout as sleep } from 'node:timers/promises';
import { waitTeller, type OnWait } from '../models/waiting.ts';

/** How long a turn waits, in all, for a server that is away, overloaded or answers nonsense. */
export interface Patience {
  seconds: number;
  /** Of the first wait without word from the server; each next one is twice as long, at most `MOST`. */
  firstWaitSeconds: number;
}

export const PATIENCE: Patience = { seconds: 300, firstWaitSeconds: 0.25 };
const MOST = 10;

/** Nonsense passes too: it is what a gateway says while the engine behind it comes up. */
const PASSING = ['rate-limited', 'unavailable', 'malformed'] as const;

/** What may pass by itself. */
interface Passing {
  kind: (typeof PASSING)[number];
  /** Seconds that the server asks for. */
  retryAfter?: number | undefined;
}

/**
 * Tries until it works, and says how many seconds went before the try that did. What does not pass by itself, and what has not
 * passed when the patience is used up, is thrown as it came.
 */
export async function patiently<T>(
  work: () => Promise<T>,
  { patience, signal, onWait }: { patience: Patience; signal: AbortSignal; onWait?: OnWait | undefined },
): Promise<{ value: T; waitedSeconds: number }> {
  const began = performance.now();
  const teller = waitTeller(onWait);
  for (let wait = patience.firstWaitSeconds; ; wait = Math.min(wait * 2, MOST)) {
    signal.throwIfAborted();
    const waitedSeconds = (performance.now() - began) / 1000;
    try {
      return { value: await work(), waitedSeconds };
    } catch (error) {
      signal.throwIfAborted();
      const pause = passes(error) ? (error.retryAfter ?? wait) : Infinity;
      if ((performance.now() - began) / 1000 + pause > patience.seconds) throw error;
      teller.pauses(stateOf(error as Passing), (error as Error).message, pause);
      await sleep(pause * 1000, undefined, { signal });
      teller.over();
    }
  }
}

const stateOf = ({ kind }: Passing) => (kind === 'rate-limited' ? 'rate-limited' : 'provider-away');

const passes = (error: unknown): error is Passing =>
  error instanceof Error && 'kind' in error && PASSING.some((kind) => kind === error.kind);
