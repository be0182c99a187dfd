import { Worker } from '@temporalio/worker';
import { join } from 'node:path';
import { createDryJudge } from '../activities/factory/dry-judge.ts';
import { factoryModel } from '../activities/factory/model.ts';
import { createFactoryRecipeReader } from '../activities/factory/recipes.ts';
import { createFactory } from '../activities/factory.ts';
import { createLlmJudge } from '../activities/judges/llm/judge.ts';
import { findConfinement } from '../activities/papers/convert/confined.ts';
import { createPaperTools } from '../activities/papers/paper-tools.ts';
import { readPrompts } from '../activities/prompts.ts';
import { publicServers } from '../activities/sources/servers.ts';
import { codeVersion } from '../config/code-version.ts';
import { dryJudgeSettings } from '../core/factory/factory-settings.ts';
import { poolQueue } from '../core/names.ts';
import { openModels, openPool } from './pool.ts';
import { serve } from './serve.ts';

/** The pool that makes tasks of papers. */
const { root, stopGraceMs, environment, log, store, draining } = openPool('research');
const { models, close } = openModels(environment);
const scratch = join(environment.home, 'tmp');
const servers = publicServers({ semanticScholarKey: environment.semanticScholarKey });

serve({
  log,
  draining,
  close,
  async create(connection, namespace) {
    const confinement = await findConfinement();
    if (confinement.bwrap === null) log.warn('PDFs are opened without isolation', { reason: confinement.reason });
    const judgePrompts = readPrompts(join(root, 'prompts/judge'));
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: poolQueue(environment.queue, 'research'),
      activities: createFactory({
        store,
        codeVersion: codeVersion(root),
        prompts: readPrompts(join(root, 'prompts/factory')),
        papers: createPaperTools({ store, confinement, root, scratch, servers }),
        recipe: createFactoryRecipeReader(store),
        model: (part, name) => factoryModel(models(part, name)),
        dryJudge({ factory, ...part }) {
          const settings = dryJudgeSettings(factory);
          const judge = { store, model: models(part, settings.model), prompts: judgePrompts, settings };
          return createDryJudge({ store, scratch, grade: createLlmJudge(judge) });
        },
      }),
      maxConcurrentActivityTaskExecutions: environment.researchSlots,
      maxHeartbeatThrottleInterval: '5s',
      shutdownGraceTime: stopGraceMs,
    });
    return [worker];
  },
});
