import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JudgeInput, RolloutSummary } from '../activities/judge.ts';
import type { PlayedRecord } from '../activities/agent/played.ts';
import type { RunAgentInput } from '../activities/run-agent.ts';
import { seconds } from '../core/duration.ts';
import { rolloutId } from '../core/names.ts';
import { openPool } from '../workers/pool.ts';
import { judgedKey, type Judged } from './judged.ts';
import { playedFor, recordScored, serveRollouts } from './simulated-rollouts.ts';

/** Rollouts that are all cut by their timeout, and a judge that takes its time: when each was played and graded is written down. */
const JUDGE_SECONDS = 1;
const pool = openPool('rollout');
const playedAt = new Map<string, number>();

async function runAgent({ place, timeout }: RunAgentInput): Promise<PlayedRecord> {
  await sleep(seconds(timeout) * 1000);
  playedAt.set(rolloutId(place), Date.now());
  return playedFor(seconds(timeout), 'budget');
}

async function judge(input: JudgeInput): Promise<RolloutSummary> {
  const begun = Date.now();
  await sleep(JUDGE_SECONDS * 1000);
  const judged: Judged = { played: playedAt.get(rolloutId(input.place)) ?? begun, begun, graded: Date.now() };
  const file = pool.store.path(judgedKey(input.place.run));
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(judged)}\n`);
  return recordScored(pool.store, input);
}

serveRollouts(pool, { runAgent, judge });
