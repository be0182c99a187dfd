import { Worker } from '@temporalio/worker';
import { join } from 'node:path';
import { createPolicyFactory } from '../activities/policies/create-policy.ts';
import { readPrompts } from '../activities/prompts.ts';
import { createReproduction } from '../activities/reproduction.ts';
import { createMachineJanitor } from '../activities/janitor.ts';
import { createRunAgent } from '../activities/run-agent.ts';
import { createDeviceAllocator } from '../activities/sandboxes/devices.ts';
import { discoverDevices } from '../activities/sandboxes/discover-devices.ts';
import { createInstructionsReader } from '../activities/tasks.ts';
import { poolQueue, type Pool } from '../core/names.ts';
import { openModels, openPool, openSandboxes, sweepFiles } from './pool.ts';
import { serve } from './serve.ts';
import { createSweepWorker } from './sweep-worker.ts';

/** Plays rollouts: the pool `rollout`, and `rollout-gpu` where a slot is a set of devices. */
export function runRolloutPool(pool: Extract<Pool, 'rollout' | 'rollout-gpu'>): void {
  const { root, stopGraceMs, environment, log, store, recipe, draining } = openPool(pool);
  const closing: (() => Promise<void>)[] = [];
  serve({
    log,
    draining,
    async create(connection, namespace) {
      await sweepFiles(environment, store);
      const named = environment.gpus.length > 0 ? environment.gpus.join(',') : undefined;
      const none = { devices: [], shared: [] };
      const sandboxes = await openSandboxes(environment, log);
      const { holdings } = sandboxes;
      const devices = createDeviceAllocator(pool === 'rollout-gpu' ? await discoverDevices({ named }) : none, {
        holdings,
      });
      const { models, close } = openModels(environment);
      closing.push(close);
      const prompts = readPrompts(join(root, 'prompts/agent'));
      const common = {
        store,
        recipe,
        sandboxes,
        devices,
        scratch: `${environment.home}/tmp`,
      };
      const activities = {
        ...createRunAgent({
          ...common,
          policy: createPolicyFactory({ store, models, prompts }),
          instructions: createInstructionsReader(store),
          draining: draining.signal,
        }),
        ...createReproduction(common),
        // A janitor of before sweeps had a queue of their own asks here.
        ...createMachineJanitor(common),
      };
      const options = { connection, namespace, shutdownGraceTime: stopGraceMs };
      return Promise.all([
        Worker.create({
          ...options,
          taskQueue: poolQueue(environment.queue, pool),
          activities,
          maxConcurrentActivityTaskExecutions: pool === 'rollout-gpu' ? devices.total : environment.rolloutSlots,
          maxHeartbeatThrottleInterval: '5s',
        }),
        createSweepWorker({ ...options, queue: environment.queue }, common),
      ]);
    },
    async close() {
      await Promise.all(closing.map((close) => close()));
    },
  });
}
