import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { Worker } from '@temporalio/worker';
import { createBookkeeping } from '../activities/bookkeeping.ts';
import type { JudgeInput, RolloutSummary } from '../activities/judge.ts';
import type { PreparedTraining } from '../activities/prepare-training.ts';
import { figuresOf, readBatch } from '../activities/rl/batch.ts';
import type { PreparedStep, PrepareStepInput } from '../activities/rl/prepare-step.ts';
import { createRl } from '../activities/rl.ts';
import type { PlayedRecord } from '../activities/agent/played.ts';
import type { RunAgentInput } from '../activities/run-agent.ts';
import type { JobResult, TrainerJobInput } from '../activities/trainer-job.ts';
import type { SyncedWeights, SyncWeightsInput } from '../activities/weight-sync.ts';
import { keys, poolQueue, rolloutId, type ActivityQueue } from '../core/names.ts';
import { createRandom, deriveSeed } from '../core/random.ts';
import { openPool } from '../workers/pool.ts';
import { ensureSearchAttributes } from '../workers/search-attributes.ts';
import { serve } from '../workers/serve.ts';
import { JUDGE, PLAY, TRAIN_SECONDS } from './rl-durations.ts';
import { playedFor, recordScored } from './simulated-rollouts.ts';

/**
 * RL without models: rollouts, judge and trainer only take their time, which is heavy-tailed; what is left is the orchestration.
 * A process has the `workflows` or the `activities`.
 */
const { root, environment, log, store, recipe, draining } = openPool('orchestrator');

async function runAgent({ place }: RunAgentInput): Promise<PlayedRecord> {
  const seconds = PLAY.secondsOf(rolloutId(place));
  await sleep(seconds * 1000, undefined, { signal: Context.current().cancellationSignal });
  return playedFor(seconds, seconds < PLAY.cut ? 'submitted' : 'budget');
}

async function judge(input: JudgeInput): Promise<RolloutSummary> {
  const rollout = rolloutId(input.place);
  await sleep(JUDGE.secondsOf(rollout) * 1000);
  return recordScored(store, input, createRandom(deriveSeed('score', rollout)).below(100) / 100);
}

async function prepareRlStep({ run, stage, batch }: PrepareStepInput): Promise<PreparedStep> {
  const groups = await readBatch(store, { run, stage: stage.name, batch });
  const figures = { ...figuresOf(groups), staleness: {}, rows: 0, trainedTokens: 0 };
  return { job: { kind: 'rl', steps: 1 }, figures };
}

async function prepareTraining(): Promise<PreparedTraining> {
  return { job: { kind: 'init' }, dataset: null, rows: 0, trainedTokens: 0, stuckAfter: '1m' };
}

async function runJob({ run, name, job }: TrainerJobInput): Promise<JobResult> {
  if (job.kind === 'rl') await sleep(TRAIN_SECONDS * 1000);
  await store.writeJson(`${keys.checkpoint(run, name)}/manifest.json`, { name });
  return { step: 1, metrics: {}, seconds: TRAIN_SECONDS, manifestSha256: '', tokens: 0 };
}

async function syncWeights({ checkpoint }: SyncWeightsInput): Promise<SyncedWeights> {
  return { version: checkpoint, drained: [] };
}

async function servePolicy(): Promise<void> {
  const beats = setInterval(() => Context.current().heartbeat(), 2000);
  try {
    await Context.current().cancelled;
  } finally {
    clearInterval(beats);
  }
}

serve({
  log,
  draining,
  async create(connection, namespace) {
    await ensureSearchAttributes(connection, namespace);
    const common = { connection, namespace };
    if (process.argv.includes('workflows')) {
      const workflowBundle = { codePath: join(root, 'dist/workflow-bundle.js') };
      return [
        await Worker.create({ ...common, taskQueue: environment.queue, workflowBundle, maxCachedWorkflows: 600 }),
      ];
    }
    const pool = (queue: ActivityQueue, activities: object, slots: number): Promise<Worker> =>
      Worker.create({
        ...common,
        taskQueue: poolQueue(environment.queue, queue),
        activities,
        maxConcurrentActivityTaskExecutions: slots,
      });
    const programs = join(root, 'tasks/micropaper');
    const keeping = {
      ...createBookkeeping({ store, recipe, codeVersion: 'bench', programs, root }),
      ...createRl({ store, recipe, codeVersion: 'bench' }),
    };
    return Promise.all([
      pool('orchestrator', { ...keeping, prepareRlStep, prepareTraining }, 16),
      pool('rollout', { runAgent }, environment.rolloutSlots),
      pool('judge', { judge }, environment.judgeSlots),
      pool('trainer', { runJob }, 1),
      pool('serving', { syncWeights, servePolicy }, 4),
    ]);
  },
});
