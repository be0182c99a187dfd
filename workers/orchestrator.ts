import { Worker } from '@temporalio/worker';
import { join } from 'node:path';
import { createBookkeeping } from '../activities/bookkeeping.ts';
import { createStoreJanitor } from '../activities/janitor.ts';
import { createNotify } from '../activities/notify.ts';
import { createPrepareTraining } from '../activities/prepare-training.ts';
import { createPrepareStep, createRl } from '../activities/rl.ts';
import { codeVersion } from '../config/code-version.ts';
import { poolQueue } from '../core/names.ts';
import { seconds } from '../core/duration.ts';
import { ensureJanitor } from './janitor-schedule.ts';
import { openPool, sweepFiles } from './pool.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { versioningOf } from './versioning.ts';
import { serve } from './serve.ts';
import { WORKFLOW_WORKER } from './workflow-worker.ts';

/** The pool of the workflow tasks and of the bookkeeping. */
const { root, stopGraceMs, environment, log, store, recipe, draining } = openPool('orchestrator');

serve({
  log,
  draining,
  async create(connection, namespace) {
    await sweepFiles(environment, store);
    await ensureSearchAttributes(connection, namespace);
    const { janitorEvery, queue: taskQueue } = environment;
    if (janitorEvery !== 'off') {
      await ensureJanitor(connection, { namespace, taskQueue, everySeconds: seconds(janitorEvery) });
    }
    const programs = join(root, 'tasks/micropaper');
    return Promise.all([
      Worker.create({
        connection,
        namespace,
        taskQueue: environment.queue,
        workflowBundle: { codePath: join(root, 'dist/workflow-bundle.js') },
        maxCachedWorkflows: 600,
        maxConcurrentWorkflowTaskExecutions: 20,
        ...WORKFLOW_WORKER,
        ...versioningOf(environment, codeVersion(root)),
      }),
      Worker.create({
        connection,
        namespace,
        taskQueue: poolQueue(environment.queue, 'orchestrator'),
        activities: {
          ...createBookkeeping({
            store,
            recipe,
            codeVersion: codeVersion(root),
            programs,
            root,
            notifies: environment.webhook !== null,
          }),
          ...createStoreJanitor({ store }),
          ...createNotify({ webhook: environment.webhook }),
          ...createPrepareTraining({ store, recipe }),
          ...createPrepareStep({ store, recipe }),
          ...createRl({ store, recipe, codeVersion: codeVersion(root) }),
        },
        maxConcurrentActivityTaskExecutions: 16,
        shutdownGraceTime: stopGraceMs,
      }),
    ]);
  },
});
