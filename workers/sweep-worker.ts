import { Worker, type NativeConnection } from '@temporalio/worker';
import { createMachineJanitor, type MachineJanitorDependencies } from '../activities/janitor.ts';
import { poolQueue } from '../core/names.ts';

export interface SweepWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  /** The queue of the workflow tasks. */
  queue: string;
  shutdownGraceTime: number;
}

/** Sweeps its machine whenever the janitor asks, however long the slots of its pool are taken. */
export const createSweepWorker = (
  { queue, ...options }: SweepWorkerOptions,
  deps: MachineJanitorDependencies,
): Promise<Worker> =>
  Worker.create({
    ...options,
    taskQueue: poolQueue(queue, 'sweep'),
    activities: createMachineJanitor(deps),
    maxConcurrentActivityTaskExecutions: 1,
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
  });
