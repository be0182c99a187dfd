import { keys } from '../core/names.ts';
import { record, type RolloutRecord } from '../core/record.ts';
import { finishedTurns, noUsage, totalUsage } from '../core/trajectory.ts';
import { heldSeconds } from './agent/held.ts';
import { readPlayed } from './agent/played.ts';
import { readTurnLog, TurnLogCorrupt } from './agent/turn-log.ts';
import type { Store } from './store.ts';

/** The record of a rollout, or undefined while it has none. */
export async function readRecord(store: Store, rollout: string): Promise<RolloutRecord | undefined> {
  const found = await store.readJson(keys.record(rollout));
  return found === undefined ? undefined : record.parse(found);
}

/** Writes a rollout's record unless it has one: the first outcome stands, whoever comes second. */
export async function recordOutcome(store: Store, outcome: RolloutRecord): Promise<RolloutRecord> {
  const before = await readRecord(store, outcome.rollout);
  if (before) return before;
  await store.writeJson(keys.record(outcome.rollout), outcome);
  return outcome;
}

/** What a rollout without a score is told by, and where its judge got somewhere, that. */
export type Unscored = Pick<RolloutRecord, 'rollout' | 'task' | 'policy' | 'reason'> & {
  outcome: 'infra-failed' | 'cancelled';
} & Partial<Pick<RolloutRecord, 'paperbench' | 'judgeUsage' | 'submission'>>;

/** The record of a rollout that has no score. What it had played is in its turn log, and was paid for, as was its sandbox. */
export async function recordWithoutScore(store: Store, unscored: Unscored): Promise<RolloutRecord> {
  const { rollout } = unscored;
  const sandboxSeconds = (await readPlayed(store, rollout))?.sandboxSeconds ?? (await heldSeconds(store, rollout));
  const played = { turns: 0, activeSeconds: 0, sandboxSeconds, usage: noUsage() };
  return recordOutcome(store, { ...played, ...(await playedBy(store, rollout)), ...unscored });
}

async function playedBy(store: Store, rollout: string): Promise<Partial<RolloutRecord>> {
  try {
    const turns = finishedTurns(await readTurnLog(store.path(keys.turns(rollout))));
    return { turns: turns.length, activeSeconds: turns.at(-1)?.observed.active ?? 0, usage: totalUsage(turns) };
  } catch (error) {
    if (error instanceof TurnLogCorrupt) return {};
    throw error;
  }
}
