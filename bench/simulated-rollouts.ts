import { Worker } from '@temporalio/worker';
import { summarise, type JudgeInput, type RolloutSummary } from '../activities/judge.ts';
import { recordOutcome } from '../activities/record-outcome.ts';
import type { PlayedRecord } from '../activities/agent/played.ts';
import type { Store } from '../activities/store.ts';
import { poolQueue, rolloutId } from '../core/names.ts';
import { noUsage } from '../core/trajectory.ts';
import type { openPool } from '../workers/pool.ts';
import { serve } from '../workers/serve.ts';

/** What a rollout that did nothing but take its time hands in. */
export const playedFor = (seconds: number, end: PlayedRecord['end']): PlayedRecord => ({
  end,
  turns: 1,
  activeSeconds: seconds,
  sandboxSeconds: seconds,
  usage: noUsage(),
  submission: { uri: 'store:none', sha256: '', bytes: 0 },
  unsafeSandbox: false,
});

/** Records it as scored, as the judge does. */
export async function recordScored(
  store: Store,
  { place, policy, played }: JudgeInput,
  score = 0.5,
): Promise<RolloutSummary> {
  const { end, turns, activeSeconds, sandboxSeconds, usage } = played;
  const outcome = { rollout: rolloutId(place), task: place.task, policy, outcome: 'scored', score } as const;
  return summarise(await recordOutcome(store, { ...outcome, end, turns, activeSeconds, sandboxSeconds, usage }));
}

/** The pools `rollout` and `judge` in one process, on as many slots as the environment says. */
export function serveRollouts({ environment, log, draining }: ReturnType<typeof openPool>, activities: object): void {
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
            activities,
            maxConcurrentActivityTaskExecutions: pool === 'rollout' ? environment.rolloutSlots : environment.judgeSlots,
          }),
        ),
      ),
  });
}
