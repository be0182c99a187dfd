import { Context } from '@temporalio/activity';
import { noProgress } from '../failures.ts';

export interface Beat {
  /** Says that the work got on, with a pointer for the next attempt and for the UI. */
  progress(details: unknown): void;
  /** Aborted when the server wants the activity to stop, or when it stands still. */
  signal: AbortSignal;
}

/**
 * Runs the whole body of a long activity under a heartbeat from a timer, and gives it up as `NoProgress` when it is alive but
 * stuck. Times in milliseconds.
 */
export async function withHeartbeat<T>(
  options: { heartbeatMs: number; stuckMs: number },
  body: (beat: Beat) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const stuck = new AbortController();
  let details: unknown = context.info.heartbeatDetails;
  let lastProgress = performance.now();
  const tick = (): void => {
    context.heartbeat(details);
    if (performance.now() - lastProgress < options.stuckMs) return;
    stuck.abort(
      noProgress(`no progress for ${Math.round(options.stuckMs / 1000)} s, last at ${JSON.stringify(details)}`),
    );
  };
  const timer = setInterval(tick, options.heartbeatMs / 4);
  try {
    return await body({
      progress(now) {
        details = now;
        lastProgress = performance.now();
        context.heartbeat(now);
      },
      signal: AbortSignal.any([context.cancellationSignal, stuck.signal]),
    });
  } finally {
    clearInterval(timer);
  }
}
