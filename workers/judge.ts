import { Worker } from '@temporalio/worker';
import { join } from 'node:path';
import { createJudge } from '../activities/judge.ts';
import { createJudges } from '../activities/judges/create-judges.ts';
import { readPrompts } from '../activities/prompts.ts';
import { poolQueue } from '../core/names.ts';
import { openModels, openPool, openSandboxes } from './pool.ts';
import { serve } from './serve.ts';

/** The pool that grades submissions. */
const { root, stopGraceMs, environment, log, store, recipe, draining } = openPool('judge');
const { models, close } = openModels(environment);

serve({
  log,
  draining,
  close,
  async create(connection, namespace) {
    const sandboxes = await openSandboxes(environment, log);
    const prompts = readPrompts(join(root, 'prompts/judge'));
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: poolQueue(environment.queue, 'judge'),
      activities: createJudge({ store, recipe, judge: createJudges({ store, sandboxes, models, prompts }) }),
      maxConcurrentActivityTaskExecutions: environment.judgeSlots,
      maxHeartbeatThrottleInterval: '5s',
      shutdownGraceTime: stopGraceMs,
    });
    return [worker];
  },
});
