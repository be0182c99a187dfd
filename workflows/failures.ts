import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/workflow';
import type { Swept } from '../activities/janitor/part-by-part.ts';

/** The failure that a person wants to read: the innermost cause, without Temporal's envelopes. */
export function rootCause(error: unknown): unknown {
  const isEnvelope = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
  return isEnvelope && error.cause !== undefined ? rootCause(error.cause) : error;
}

/** One sentence: what kind of failure, and what it said. */
export function reasonOf(error: unknown): string {
  const cause = rootCause(error);
  if (cause instanceof ApplicationFailure) return `${cause.type ?? 'Failure'}: ${cause.message}`;
  if (cause instanceof TimeoutFailure) return `no sign of life from the worker (${cause.timeoutType})`;
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}

/** Aborted by an operator: the run failed, on purpose, with its ledger closed. */
export const aborted = (reason: string): ApplicationFailure =>
  ApplicationFailure.create({ type: 'Aborted', message: reason, nonRetryable: true });

/** Whatever the stage would begin next could take more than the run's budget. */
export const budgetReached = (why: string): ApplicationFailure =>
  ApplicationFailure.create({ type: 'BudgetReached', message: why, nonRetryable: true });

/** Too many machines failed for the stage's figures to be believed. */
export const tooFewScored = (missing: number, wanted: number): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'TooFewScored',
    message: `${missing} of ${wanted} rollouts have no score for reasons of infrastructure, see their records`,
    nonRetryable: true,
  });

/** Too many papers failed for reasons of infrastructure; those that were made stand. */
export const tooFewMade = (failed: number, found: number): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'TooFewMade',
    message: `${failed} of ${found} papers failed for reasons of infrastructure, see their outcomes`,
    nonRetryable: true,
  });

/** A janitor that could do no part of its work. */
export const nothingSwept = (undone: readonly string[]): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'NothingSwept',
    message: `nothing was swept: ${undone.join('; ')}`,
    nonRetryable: true,
  });

/** What a sweep had done that could not do all. */
export function sweptBefore(error: unknown): Swept | null {
  const cause = rootCause(error);
  const isPartly = cause instanceof ApplicationFailure && cause.type === 'PartlySwept';
  return isPartly ? ((cause.details?.[0] as Swept | undefined) ?? null) : null;
}

/** What a rollout has met that no other would fare better with. */
export const providerRefused = (why: string): ApplicationFailure =>
  ApplicationFailure.create({ type: 'ProviderRefused', message: why, nonRetryable: true });

/** Whether a failure would meet every other piece of work too, until a person has mended something: a refused key, no funds. */
export const stopsTheRun = (error: unknown): boolean => {
  const cause = rootCause(error);
  return cause instanceof ApplicationFailure && cause.type === 'ProviderRefused';
};

/** An update that an activity has refused: what it said is what the operator reads. */
export function refusedBecause(error: unknown): ApplicationFailure {
  const cause = rootCause(error);
  const message = cause instanceof Error ? cause.message : String(cause);
  return ApplicationFailure.create({ type: 'Refused', message, nonRetryable: true });
}
