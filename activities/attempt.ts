import { Context } from '@temporalio/activity';

/**
 * The epoch of this attempt of an activity: it grows from one to the next, whichever worker makes it, by the server's clock. What
 * an attempt that was overtaken still asks of a sandbox is refused.
 */
export const epochOfAttempt = (): number => Context.current().info.currentAttemptScheduledTimestampMs;
