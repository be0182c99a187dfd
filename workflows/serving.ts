import { ActivityCancellationType, CancellationScope, isCancellation } from '@temporalio/workflow';
import type { ServedName } from '../activities/serving/loading.ts';
import { seconds } from '../core/duration.ts';
import { serving } from './proxies.ts';

/**
 * Keeps a checkpoint served while the body runs. The serving never ends by itself: should it fail for good, the body is
 * cancelled and that failure is the stage's.
 */
export async function whileServed<T>(
  { heartbeat, ...served }: ServedName & { heartbeat: string },
  body: () => Promise<T>,
): Promise<T> {
  const server = new CancellationScope();
  const work = new CancellationScope();
  const options = {
    summary: `serves ${served.checkpoint}`,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  };
  const broken: { error?: unknown } = {};
  const serve = server
    .run(() => serving(seconds(heartbeat)).servePolicy.executeWithOptions(options, [served]))
    .catch((error: unknown) => {
      if (isCancellation(error)) return;
      broken.error = error;
      work.cancel();
    });
  try {
    return await work.run(body);
  } catch (error) {
    throw broken.error ?? error;
  } finally {
    server.cancel();
    await CancellationScope.nonCancellable(() => serve);
  }
}
