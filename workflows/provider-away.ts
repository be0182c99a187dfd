import { ApplicationFailure, patched, sleep } from '@temporalio/workflow';
import { rootCause } from './failures.ts';

/** What activities call a provider that is busy or away; see activities/models/model-error.ts. */
const AWAY: readonly unknown[] = ['RateLimited', 'ProviderError'];

/** The first pause follows attempts that each waited as long as the recipe's patience says. */
const FIRST_SECONDS = 5;
const MOST_SECONDS = 600;

/** Does the work, and again for as long as a provider is busy or away: that is no fault of what is judged, and it passes. */
export async function untilBack<T>(summary: string, work: () => Promise<T>): Promise<T> {
  for (let pause = FIRST_SECONDS; ; pause = Math.min(pause * 2, MOST_SECONDS)) {
    try {
      return await work();
    } catch (error) {
      // Before this patch such a rollout became infra-failed.
      if (!isAway(error) || !patched('judging-waits')) throw error;
      await sleep(pause * 1000, { summary });
    }
  }
}

function isAway(error: unknown): boolean {
  const cause = rootCause(error);
  return cause instanceof ApplicationFailure && AWAY.includes(cause.type);
}
