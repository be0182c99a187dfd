import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { reasonOf } from './failures.ts';
import { waitsForJudgeSignal } from './messages.ts';

/** Whom a rollout tells that it waits for the judge, and after how long. */
export interface Tells {
  stage: string;
  afterSeconds: number;
}

/** Runs the judging, and tells the stage where it takes long to be done: two events where it does not, no message. */
export async function tellingOfWait<T>(rollout: string, tells: Tells, judging: () => Promise<T>): Promise<T> {
  const telling = new CancellationScope();
  const told = telling
    .run(() => tellAfterWait(rollout, tells))
    .catch((error: unknown) => {
      if (isCancellation(error)) return;
      // A stage that has ended admits nothing: no reason to fail a rollout that is being judged.
      log.warn('the stage was not told that its judge is slow', { rollout, reason: reasonOf(error) });
    });
  try {
    return await judging();
  } finally {
    telling.cancel();
    await CancellationScope.nonCancellable(() => told);
  }
}

async function tellAfterWait(rollout: string, { stage, afterSeconds }: Tells): Promise<void> {
  await sleep(afterSeconds * 1000, { summary: 'waits for the judge' });
  const after = Date.now() - workflowInfo().startTime.getTime();
  await getExternalWorkflowHandle(stage).signal(waitsForJudgeSignal, { rollout, after });
}
