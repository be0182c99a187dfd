import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { createFactory } from '../activities/factory.ts';
import { readPrompts } from '../activities/prompts.ts';
import { createFactoryRecipeReader } from '../activities/factory/recipes.ts';
import { poolQueue } from '../core/names.ts';
import { openPool } from '../workers/pool.ts';
import { serve } from '../workers/serve.ts';
import { simulatedModel, simulatedPapers } from './simulated-papers.ts';

/** The research pool with papers and a model that only take their time: `simulated-research.js PAPERS CALL-SECONDS SLOTS`. */
const [papers = 1, callSeconds = 1, slots = 1] = process.argv.slice(2).map(Number);
const { root, environment, log, store, draining } = openPool('research');

serve({
  log,
  draining,
  async create(connection, namespace) {
    const model = simulatedModel(store, { callSeconds, bill: join(environment.home, 'bill.jsonl') });
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: poolQueue(environment.queue, 'research'),
      activities: createFactory({
        store,
        codeVersion: 'bench',
        prompts: readPrompts(join(root, 'prompts/factory')),
        papers: simulatedPapers(store, papers),
        recipe: createFactoryRecipeReader(store),
        model: () => model,
        dryJudge: () => {
          throw new Error('nothing is judged here');
        },
      }),
      maxConcurrentActivityTaskExecutions: slots,
      maxHeartbeatThrottleInterval: '5s',
      shutdownGraceTime: '1s',
    });
    return [worker];
  },
});
