import { Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';

export const JANITOR = 'longhaul-janitor';

/** Makes sure that there is a janitor; one that is there stays as an operator has set it. */
export async function ensureJanitor(
  connection: NativeConnection,
  { namespace, taskQueue, everySeconds }: { namespace: string; taskQueue: string; everySeconds: number },
): Promise<void> {
  const client = new Client({ connection, namespace });
  try {
    await client.schedule.create({
      scheduleId: `${JANITOR}-${taskQueue}`,
      spec: { intervals: [{ every: everySeconds * 1000 }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowType: 'janitor',
        workflowId: `${JANITOR}-${taskQueue}`,
        taskQueue,
        args: [],
        workflowExecutionTimeout: '1 hour',
      },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
