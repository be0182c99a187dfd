import { Context } from '@temporalio/activity';
import { noProgress } from '../failures.ts';

export interface Beat {
  /** Says that the work got on, with a pointer for the next attempt and for the UI. */
  progress(details: unknown): void;
  /** Aborted when the server wants the activity to stop, or when it stands still. */
  signal: AbortSignal;
}

/** All in milliseconds. Progress is told at once, but not again within `restMs`: then the next beat tells it. */
interface HeartbeatOptions {
  heartbeatMs: number;
  stuckMs: number;
  restMs?: number;
}

/**
 * Runs the whole body of a long activity under a heartbeat from a timer, and gives it up as `NoProgress` when it is alive but
 * stuck.
 */
export async function withHeartbeat<T>(
  { heartbeatMs, stuckMs, restMs = 0 }: HeartbeatOptions,
  body: (beat: Beat) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const stuck = new AbortController();
  let details: unknown = context.info.heartbeatDetails;
  let lastProgress = performance.now();
  let lastTold = -Infinity;
  const tell = (): void => {
    lastTold = performance.now();
    context.heartbeat(details);
  };
  const tick = (): void => {
    tell();
    if (performance.now() - lastProgress < stuckMs) return;
    stuck.abort(noProgress(`no progress for ${Math.round(stuckMs / 1000)} s, last at ${JSON.stringify(details)}`));
  };
  const timer = setInterval(tick, heartbeatMs / 4);
  try {
    return await body({
      progress(now) {
        // That it waits for something, or does so no longer, is told at once.
        const isNews = stateOf(now) !== stateOf(details);
        details = now;
        lastProgress = performance.now();
        if (isNews || lastProgress - lastTold >= restMs) tell();
      },
      signal: AbortSignal.any([context.cancellationSignal, stuck.signal]),
    });
  } finally {
    clearInterval(timer);
  }
}

const stateOf = (details: unknown): unknown => (details as { state?: unknown } | undefined)?.state;
