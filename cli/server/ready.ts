import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { temporal } from '@temporalio/proto';

const POLL_MS = 100;
const RETENTION = '90 days';
const { TASK_QUEUE_TYPE_ACTIVITY, TASK_QUEUE_TYPE_WORKFLOW } = temporal.api.enums.v1.TaskQueueType;

/** Waits until a server answers for its default namespace; rejects with the signal's reason when aborted. */
export async function serverReady(address: string, signal: AbortSignal): Promise<void> {
  await until(signal, async () => {
    const connection = await Connection.connect({ address, connectTimeout: '1s' });
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
    } finally {
      await connection.close();
    }
  });
}

/** Closed histories are kept for 90 days; the dev server's own default is one. */
export async function keepHistories(connection: Connection, namespace = 'default'): Promise<void> {
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(RETENTION) },
  });
}

export interface Queue {
  name: string;
  kind: 'workflow' | 'activity';
}

/** Waits until a worker polls each of the queues. */
export async function workersReady(
  connection: Connection,
  queues: readonly Queue[],
  signal: AbortSignal,
): Promise<void> {
  for (const { name, kind } of queues) {
    await until(signal, async () => {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace: 'default',
        taskQueue: { name },
        taskQueueType: kind === 'workflow' ? TASK_QUEUE_TYPE_WORKFLOW : TASK_QUEUE_TYPE_ACTIVITY,
      });
      if ((pollers ?? []).length === 0) throw new Error(`nobody polls ${name}`);
    });
  }
}

/** Tries again and again until it goes well. */
async function until(signal: AbortSignal, attempt: () => Promise<void>): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch {
      await delay(POLL_MS);
    }
  }
}
