import { log, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import type { Notice } from '../activities/notify.ts';
import { reasonOf } from './failures.ts';
import { notifying } from './proxies.ts';

/** Tells a webhook, for a day if need be: apart from the run, which waits for nothing of it. */
export async function notify(notice: Notice): Promise<void> {
  await notifying().notify.executeWithOptions({ summary: `${notice.event}: ${notice.text}`.slice(0, 200) }, [notice]);
}

/** Begins to tell. The child outlives its run; where it cannot even be started, the run goes on without. */
export async function tell(notice: Omit<Notice, 'run' | 'id'>, count: number): Promise<void> {
  const run = workflowInfo().workflowId;
  const id = `${run}.notify.${workflowInfo().firstExecutionRunId.slice(0, 8)}.${count}`;
  try {
    await startChild<typeof notify>('notify', {
      workflowId: id,
      args: [{ ...notice, run, id }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    log.warn('nobody was told', { ...notice, reason: reasonOf(error) });
  }
}
