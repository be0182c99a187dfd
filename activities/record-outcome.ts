import { keys } from '../core/names.ts';
import { record, type RolloutRecord } from '../core/record.ts';
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
