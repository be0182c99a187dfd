import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from '@temporalio/worker';
import { summarise, type JudgeInput } from '../activities/judge.ts';
import { recordOutcome } from '../activities/record-outcome.ts';
import type { PlayedRecord } from '../activities/run-agent.ts';
import { poolQueue, rolloutId } from '../core/names.ts';
import { openPool } from '../workers/pool.ts';
import { serve } from '../workers/serve.ts';

/** Rollouts that only take their time, on as many slots as the environment says: what is left is the orchestration. */
const ROLLOUT_SECONDS = 2;
const { environment, log, store, draining } = openPool('rollout');

async function runAgent(): Promise<PlayedRecord> {
  await sleep(ROLLOUT_SECONDS * 1000);
  const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };
  const submission = { uri: 'store:none', sha256: '', bytes: 0 };
  const spent = { activeSeconds: ROLLOUT_SECONDS, sandboxSeconds: ROLLOUT_SECONDS, usage };
  return { end: 'submitted', turns: 1, ...spent, submission, unsafeSandbox: false };
}

async function judge({ place, policy, played }: JudgeInput) {
  const { end, turns, activeSeconds, sandboxSeconds, usage } = played;
  const outcome = { rollout: rolloutId(place), task: place.task, policy, outcome: 'scored', score: 0.5 } as const;
  return summarise(await recordOutcome(store, { ...outcome, end, turns, activeSeconds, sandboxSeconds, usage }));
}

serve({
  log,
  draining,
  create: (connection, namespace) =>
    Promise.all(
      (['rollout', 'judge'] as const).map((pool) =>
        Worker.create({
          connection,
          namespace,
          taskQueue: poolQueue(environment.queue, pool),
          activities: { runAgent, judge },
          maxConcurrentActivityTaskExecutions: pool === 'rollout' ? environment.rolloutSlots : environment.judgeSlots,
        }),
      ),
    ),
});
