import { ApplicationFailure } from '@temporalio/common';
import { addUsage, type Usage } from '../../core/trajectory.ts';
import type { SeenLimits } from './model.ts';

/** What can go wrong between a caller and a provider. */
export type ModelFault =
  // These pass by themselves.
  | 'rate-limited'
  | 'overloaded'
  | 'unavailable'
  | 'timeout'
  | 'broken-stream'
  // These need a person, and nothing else of the run would fare better.
  | 'unauthorised'
  | 'out-of-funds'
  | 'unknown-model'
  // These are about this one request.
  | 'context-overflow'
  | 'bad-request'
  | 'malformed';

const PASSING: readonly ModelFault[] = ['rate-limited', 'overloaded', 'unavailable', 'timeout', 'broken-stream'];
const PARKING: readonly ModelFault[] = ['unauthorised', 'out-of-funds', 'unknown-model'];

/** A provider's failure, classified at the boundary it crossed. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly kind: ModelFault;
  /** Seconds that the provider asks for. */
  readonly retryAfter: number | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly limits: SeenLimits;
  /** What answers took that came and were of no use. */
  readonly usage: Usage | undefined;

  constructor(
    kind: ModelFault,
    message: string,
    more: {
      retryAfter?: number | undefined;
      status?: number | undefined;
      requestId?: string | undefined;
      limits?: SeenLimits;
      usage?: Usage | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.kind = kind;
    this.retryAfter = more.retryAfter;
    this.status = more.status;
    this.requestId = more.requestId;
    this.limits = more.limits ?? {};
    this.usage = more.usage;
  }

  /** The same failure after answers that took so much. */
  after(used: Usage): ModelError {
    return this.with(this.usage ? addUsage({ ...used }, this.usage) : used);
  }

  /** The same failure, over which so much was used in all. */
  with(usage: Usage): ModelError {
    const { kind, message, retryAfter, status, requestId, limits } = this;
    return new ModelError(kind, message, { retryAfter, status, requestId, limits, usage, cause: this });
  }
}

export const passes = (error: unknown): error is ModelError =>
  error instanceof ModelError && PASSING.includes(error.kind);

/** The types of failures that stop a whole run until a person has mended something; see workflows/parking.ts. */
export const PARKING_FAILURE = 'ProviderRefused';

/** The types of failures that pass: another attempt goes on at the same turn, however often it takes. */
const AWAY = { busy: 'RateLimited', gone: 'ProviderError' } as const;

/** Whether a failure says that a provider was busy or away, which is not the fault of who asked it. */
export const isProviderAway = (error: unknown): boolean =>
  error instanceof ApplicationFailure && (error.type === AWAY.busy || error.type === AWAY.gone);

/** What passes, after somebody waited for it as long as patience says. */
export const providerAway = (
  how: keyof typeof AWAY,
  { message, retryAfter, cause }: { message: string; retryAfter: number | undefined; cause: Error },
): ApplicationFailure =>
  ApplicationFailure.create({
    type: AWAY[how],
    message,
    cause,
    ...(retryAfter === undefined ? {} : { nextRetryDelay: retryAfter * 1000 }),
  });

/** What a person must mend, and what parks the run until then. */
export const providerRefused = (message: string, cause: Error): ApplicationFailure =>
  ApplicationFailure.create({ type: PARKING_FAILURE, message, nonRetryable: true, cause });

/** Whether a failure says that a provider refuses what a person must mend. */
export const isProviderRefusal = (error: unknown): boolean =>
  error instanceof ApplicationFailure && error.type === PARKING_FAILURE;

/**
 * The failure that Temporal sees: what passes is tried again, what a person must mend parks the run, the rest is bad input.
 * Anything else than a ModelError stays as it is.
 */
export function failureOf(error: unknown): unknown {
  if (!(error instanceof ModelError)) return error;
  const { kind, message, retryAfter } = error;
  if (passes(error)) {
    return providerAway(kind === 'rate-limited' ? 'busy' : 'gone', { message, retryAfter, cause: error });
  }
  if (PARKING.includes(kind)) return providerRefused(message, error);
  return ApplicationFailure.create({ type: 'InvalidInput', message, nonRetryable: true, cause: error });
}
