import fs from 'node:fs';
import { Worker } from '@temporalio/worker';
import { summarise, type JudgeInput } from '../activities/judge.ts';
import { recordOutcome } from '../activities/record-outcome.ts';
import { createRunAgent } from '../activities/run-agent.ts';
import { createDeviceAllocator } from '../activities/sandboxes/devices.ts';
import { createInstructionsReader } from '../activities/tasks.ts';
import { homePaths } from '../config/home.ts';
import { poolQueue, rolloutId } from '../core/names.ts';
import { openPool, openSandboxes } from '../workers/pool.ts';
import { serve } from '../workers/serve.ts';
import { pacedPolicy } from './paced.ts';

/** The pool of rollouts with a policy that only takes its time; `unsynced` has their turn logs wait for no disk. */
if (process.argv.includes('unsynced')) withoutSync();
const { environment, log, store, recipe, draining } = openPool('rollout');

function withoutSync(): void {
  const { open } = fs.promises;
  fs.promises.open = (path, flags, mode) =>
    open(path, typeof flags === 'number' ? flags & ~fs.constants.O_DSYNC : flags, mode);
}

async function judge({ place, policy, played }: JudgeInput) {
  const { end, turns, activeSeconds, sandboxSeconds, usage } = played;
  const outcome = { rollout: rolloutId(place), task: place.task, policy, outcome: 'scored', score: 0.5 } as const;
  return summarise(await recordOutcome(store, { ...outcome, end, turns, activeSeconds, sandboxSeconds, usage }));
}

serve({
  log,
  draining,
  async create(connection, namespace) {
    const { runAgent, closeSandbox } = createRunAgent({
      store,
      recipe,
      sandboxes: await openSandboxes(environment, log),
      devices: createDeviceAllocator({ devices: [], shared: [] }),
      scratch: homePaths(environment.home).scratch,
      policy: () => pacedPolicy,
      instructions: createInstructionsReader(store),
      draining: draining.signal,
    });
    return Promise.all(
      (['rollout', 'judge'] as const).map((pool) =>
        Worker.create({
          connection,
          namespace,
          taskQueue: poolQueue(environment.queue, pool),
          activities: { runAgent, closeSandbox, judge },
          maxConcurrentActivityTaskExecutions: environment.rolloutSlots,
          maxHeartbeatThrottleInterval: '5s',
        }),
      ),
    );
  },
});
