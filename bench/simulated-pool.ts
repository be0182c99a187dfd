import { setTimeout as sleep } from 'node:timers/promises';
import type { JudgeInput, RolloutSummary } from '../activities/judge.ts';
import type { PlayedRecord } from '../activities/agent/played.ts';
import { openPool } from '../workers/pool.ts';
import { playedFor, recordScored, serveRollouts } from './simulated-rollouts.ts';

/** Rollouts that only take their time: what is left is the orchestration. */
const ROLLOUT_SECONDS = 2;
const pool = openPool('rollout');

async function runAgent(): Promise<PlayedRecord> {
  await sleep(ROLLOUT_SECONDS * 1000);
  return playedFor(ROLLOUT_SECONDS, 'submitted');
}

const judge = (input: JudgeInput): Promise<RolloutSummary> => recordScored(pool.store, input);

serveRollouts(pool, { runAgent, judge });
