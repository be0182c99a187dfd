import { ApplicationFailure } from '@temporalio/workflow';
import { rootCause } from './failures.ts';

/** What activities call the refusal of a provider that a person must mend; see activities/models/model-error.ts. */
const PROVIDER_REFUSED = 'ProviderRefused';

/** Whether nothing else of the run would fare better: a key that is refused, an account without funds, a model that is not known. */
export function isRefused(error: unknown): boolean {
  const cause = rootCause(error);
  return cause instanceof ApplicationFailure && cause.type === PROVIDER_REFUSED;
}

/** The refusal that ends a stage before its plan is played; it keeps what its rollouts have, for when it is mended. */
export function refusals() {
  const state: { first: unknown } = { first: undefined };
  return {
    note: (error: unknown): void => void (state.first ??= rootCause(error)),
    any: (): boolean => state.first !== undefined,
    /** Ends the stage, where there was one. */
    demandNone(): void {
      if (state.first !== undefined) throw state.first;
    },
  };
}
