import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from '@temporalio/worker';
import { summarise, type JudgeInput } from '../activities/judge.ts';
import { recordOutcome } from '../activities/record-outcome.ts';
import type { PlayedRecord, RunAgentInput } from '../activities/run-agent.ts';
import { seconds } from '../core/duration.ts';
import { poolQueue, rolloutId } from '../core/names.ts';
import { openPool } from '../workers/pool.ts';
import { serve } from '../workers/serve.ts';
import { judgedKey, type Judged } from './judged.ts';

/** Rollouts that are all cut by their timeout, and a judge that takes its time: when each was played and graded is written down. */
const JUDGE_SECONDS = 1;
const { environment, log, store, draining } = openPool('rollout');
const playedAt = new Map<string, number>();

async function runAgent({ place, timeout }: RunAgentInput): Promise<PlayedRecord> {
  const activeSeconds = seconds(timeout);
  await sleep(activeSeconds * 1000);
  playedAt.set(rolloutId(place), Date.now());
  const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };
  const submission = { uri: 'store:none', sha256: '', bytes: 0 };
  const spent = { activeSeconds, sandboxSeconds: activeSeconds, usage };
  return { end: 'budget', turns: 1, ...spent, submission, unsafeSandbox: false };
}

async function judge({ place, policy, played }: JudgeInput) {
  const rollout = rolloutId(place);
  const begun = Date.now();
  await sleep(JUDGE_SECONDS * 1000);
  const judged: Judged = { played: playedAt.get(rollout) ?? begun, begun, graded: Date.now() };
  const file = store.path(judgedKey(place.run));
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(judged)}\n`);
  const { end, turns, activeSeconds, sandboxSeconds, usage } = played;
  const outcome = { rollout, task: place.task, policy, outcome: 'scored', score: 0.5 } as const;
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
