import { Worker } from '@temporalio/worker';
import { createJudge } from '../activities/judge.ts';
import { createCheckJudge } from '../activities/judges/check.ts';
import { poolQueue } from '../core/names.ts';
import { openPool, openSandboxes } from './pool.ts';
import { serve } from './serve.ts';

/** The pool that grades submissions. */
const { stopGraceMs, environment, log, store, recipe, draining } = openPool('judge');

serve({
  log,
  draining,
  async create(connection, namespace) {
    const sandboxes = await openSandboxes(environment, log);
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: poolQueue(environment.queue, 'judge'),
      activities: createJudge({ store, recipe, grade: createCheckJudge(sandboxes) }),
      maxConcurrentActivityTaskExecutions: environment.judgeSlots,
      maxHeartbeatThrottleInterval: '5s',
      shutdownGraceTime: stopGraceMs,
    });
    return [worker];
  },
});
