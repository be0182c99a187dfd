import { Worker } from '@temporalio/worker';
import { createPolicyServing } from '../activities/serve-policy.ts';
import { createDeviceAllocator, type Devices } from '../activities/sandboxes/devices.ts';
import { discoverDevices } from '../activities/sandboxes/discover-devices.ts';
import { createPolicyServer } from '../activities/serving/policy-server.ts';
import { createTrainerJobs } from '../activities/trainer-job.ts';
import { createTrainers } from '../activities/trainer/trainers.ts';
import { createWeightSync } from '../activities/weight-sync.ts';
import type { Environment } from '../config/environment.ts';
import { findTrainerPython } from '../config/trainer-python.ts';
import { poolQueue } from '../core/names.ts';
import { openPool } from './pool.ts';
import { serve } from './serve.ts';

/** The pool that trains and serves. The two have queues of their own, so that serving never waits for a device to train on. */
const { stopGraceMs, environment, log, store, recipe, draining } = openPool('trainer');

/** Checkpoints that one process serves at a time. */
const SERVING_SLOTS = 16;
const closing: (() => Promise<void>)[] = [];

serve({
  log,
  draining,
  async create(connection, namespace) {
    const python = await findTrainerPython(environment);
    const devices = createDeviceAllocator(await devicesOf(environment));
    const trainers = createTrainers(python);
    const onNoise = (text: string): void => log.warn('policy server', { text: text.trim() });
    const server = createPolicyServer({ python, host: environment.servingHost, onNoise });
    closing.push(trainers.stop, server.stop);
    const common = {
      connection,
      namespace,
      activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
      maxHeartbeatThrottleInterval: '5s',
      shutdownGraceTime: stopGraceMs,
    } as const;
    return Promise.all([
      Worker.create({
        ...common,
        taskQueue: poolQueue(environment.queue, 'trainer'),
        activities: createTrainerJobs({
          store,
          trainers,
          devices,
          draining: draining.signal,
          politeMs: stopGraceMs / 2,
        }),
        maxConcurrentActivityTaskExecutions: Math.max(1, devices.total),
      }),
      Worker.create({
        ...common,
        taskQueue: poolQueue(environment.queue, 'serving'),
        activities: {
          ...createPolicyServing({ store, server, draining: draining.signal }),
          ...createWeightSync({ store, recipe }),
        },
        maxConcurrentActivityTaskExecutions: SERVING_SLOTS,
      }),
    ]);
  },
  async close() {
    await Promise.all(closing.map((close) => close()));
  },
});

/** The devices that this pool may train on: all but those that rollouts may hold, unless they are named. */
async function devicesOf({ trainerGpus, gpus }: Environment): Promise<Devices> {
  if (trainerGpus.join() === 'none') return { devices: [], shared: [] };
  if (trainerGpus.join() !== 'all') return discoverDevices({ named: trainerGpus.join() });
  const all = await discoverDevices({});
  const held = new Set((await discoverDevices({ named: gpus.join() })).devices.map(({ path }) => path));
  return { ...all, devices: all.devices.filter(({ path }) => !held.has(path)) };
}
