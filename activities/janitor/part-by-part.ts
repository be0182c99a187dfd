import { Context, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

/** What a sweep removed. */
export interface Swept {
  sandboxes: number;
  files: number;
  leases: number;
  /** Cancelled. */
  rollouts: number;
}

/** A sweep of parts that do not wait for one another. */
export interface Parts {
  /** Does a part; where it fails it is logged and remembered, and the sweep goes on. Throws only when the sweep is cancelled. */
  sweep(part: string, work: () => Promise<void>): Promise<void>;
  /** What was swept, or a failure that says it too where some part failed. */
  ended(swept: Swept): Swept;
}

export function partByPart(): Parts {
  const undone: string[] = [];
  return {
    async sweep(part, work) {
      try {
        await work();
      } catch (error) {
        Context.current().cancellationSignal.throwIfAborted();
        const reason = String(error);
        log.warn('could not be swept', { part, reason });
        undone.push(`${part}: ${reason}`);
      }
    },
    ended(swept) {
      if (undone.length > 0) throw partlySwept(undone, swept);
      return swept;
    },
  };
}

const NAMED = 5;

/** Not tried again: the janitor comes by itself, and would forget what this sweep has done. */
export function partlySwept(undone: readonly string[], swept: Swept): ApplicationFailure {
  const more = undone.length > NAMED ? [`and ${undone.length - NAMED} more`] : [];
  return ApplicationFailure.create({
    type: 'PartlySwept',
    message: `${undone.length} could not be swept: ${[...undone.slice(0, NAMED), ...more].join('; ')}`,
    details: [swept],
    nonRetryable: true,
  });
}
