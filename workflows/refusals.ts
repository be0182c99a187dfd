import {
  ApplicationFailure,
  condition,
  getExternalWorkflowHandle,
  log,
  patched,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { reasonOf, rootCause } from './failures.ts';
import { rolloutRefusedSignal } from './messages.ts';
import { attributes } from './search-attributes.ts';

/** What activities call the refusal of a provider that a person must mend; see activities/models/model-error.ts. */
const PROVIDER_REFUSED = 'ProviderRefused';

/** Whether nothing else of the run would fare better: a key that is refused, an account without funds, a model that is not known. */
export function isRefused(error: unknown): boolean {
  const cause = rootCause(error);
  return cause instanceof ApplicationFailure && cause.type === PROVIDER_REFUSED;
}

/** What a rollout was told by its stage. */
export interface Resumes {
  /** How often it was told to go on. */
  count: number;
  /** The stage that said so last, or began it: the id of that one's first execution. */
  stageRun: string | undefined;
}

interface Waiting {
  rollout: string;
  /** The stage that is told, which parks. */
  stage: string;
  resumes: Resumes;
}

/**
 * Does the work, and again where a provider refused what a person must mend: the stage is told, parks, and says when it goes on.
 * What was played until then is kept, and so is the place among those that the stage waits for.
 */
export async function untilMended<T>(waiting: Waiting | undefined, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const before = waiting?.resumes.count ?? 0;
    try {
      return await work();
    } catch (error) {
      // Before this patch such a rollout became infra-failed.
      if (!waiting || !isRefused(error) || !patched('refused-rollouts-wait')) throw error;
      // Who was told to go on while the refusal was under way need not wait to be told again.
      if (waiting.resumes.count === before) await mended(waiting, error);
    }
  }
}

async function mended({ rollout, stage, resumes }: Waiting, error: unknown): Promise<void> {
  const { count: before, stageRun } = resumes;
  const cause = rootCause(error);
  upsertSearchAttributes([{ key: attributes.state, value: 'parked' }]);
  try {
    const why = cause instanceof Error ? cause.message : String(cause);
    await getExternalWorkflowHandle(stage).signal(rolloutRefusedSignal, {
      rollout,
      why,
      ...(stageRun && { stageRun }),
    });
  } catch (unheard) {
    // A stage that is parked already tells all of its rollouts when it goes on.
    log.warn('the stage was not told that a provider refuses', { rollout, reason: reasonOf(unheard) });
  }
  await condition(() => resumes.count > before);
  upsertSearchAttributes([{ key: attributes.state, value: 'running' }]);
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
