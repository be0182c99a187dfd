import { ApplicationFailure, type Duration } from '@temporalio/common';

/** Bad input or a world that contradicts it: trying again cannot help. */
export const invalidInput = (message: string): ApplicationFailure =>
  ApplicationFailure.create({ type: 'InvalidInput', message, nonRetryable: true });

/** The attempts of a rollout came to nothing too often: it becomes infra-failed. */
export const exhausted = (message: string): ApplicationFailure =>
  ApplicationFailure.create({ type: 'Exhausted', message, nonRetryable: true });

/** Leaves that the judge could not grade: another attempt asks about those alone. */
export const verdictIncomplete = (unjudged: readonly { leaf: string; why: string }[]): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'VerdictIncomplete',
    message: `${unjudged.length} leaves could not be graded, the first is ${unjudged[0]?.leaf} (${unjudged[0]?.why.slice(0, 200)})`,
  });

/** Alive but stuck. */
export const noProgress = (message: string): ApplicationFailure =>
  ApplicationFailure.create({ type: 'NoProgress', message });

/** This worker is being stopped; another one goes on at once. */
export const workerShutdown = (message: string): ApplicationFailure =>
  ApplicationFailure.create({ type: 'WorkerShutdown', message, nextRetryDelay: '100ms' });

/**
 * The GPUs that are free are those of sandboxes that live on without an attempt: this one gives up its slot, for theirs may need it.
 * Nothing is broken.
 */
export const devicesKept = (sandboxes: readonly string[], nextRetryDelay: Duration): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'DevicesKept',
    category: 'BENIGN',
    message: `the free GPUs of this machine are kept for ${sandboxes.join(', ')}, until an attempt comes back or the sandbox ends`,
    nextRetryDelay,
  });

/** An attempt that has lost its lease ends without a word: its result must not count, nor be retried by it. */
export const leaseLost = (cause: Error): ApplicationFailure =>
  ApplicationFailure.create({ type: 'LeaseLost', message: cause.message, cause });

/** What was kept of a rollout contradicts itself: it becomes infra-failed, and another one takes its place. */
export const corrupt = (cause: Error): ApplicationFailure =>
  ApplicationFailure.create({ type: cause.name, message: cause.message, cause, nonRetryable: true });
