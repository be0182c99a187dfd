import { Worker } from '@temporalio/worker';
import { join } from 'node:path';
import { createJudge } from '../activities/judge.ts';
import { createJudges } from '../activities/judges/create-judges.ts';
import { createOverrule } from '../activities/overrule.ts';
import { readPrompts } from '../activities/prompts.ts';
import { homePaths } from '../config/home.ts';
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
    const deps = { store, recipe, judge: createJudges({ store, sandboxes, models, prompts }) };
    const { scratch } = homePaths(environment.home);
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: poolQueue(environment.queue, 'judge'),
      activities: { ...createJudge(deps), ...createOverrule({ ...deps, sandboxes, scratch }) },
      maxConcurrentActivityTaskExecutions: environment.judgeSlots,
      maxHeartbeatThrottleInterval: '5s',
      shutdownGraceTime: stopGraceMs,
    });
    return [worker];
  },
});
