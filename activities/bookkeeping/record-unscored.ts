import { keys } from '../../core/names.ts';
import { incompleteVerdict, type RolloutRecord } from '../../core/record.ts';
import { recordWithoutScore, type Unscored } from '../record-outcome.ts';
import type { Store } from '../store.ts';

/** The record of a rollout that has no score; what its judge got to is told with it. */
export async function recordUnscored(store: Store, unscored: Unscored): Promise<RolloutRecord> {
  return recordWithoutScore(store, { ...unscored, ...(await judgedSoFar(store, unscored.rollout)) });
}

async function judgedSoFar(
  store: Store,
  rollout: string,
): Promise<Pick<RolloutRecord, 'paperbench' | 'judgeUsage' | 'submission'>> {
  const found = await store.readJson(keys.incompleteVerdict(rollout));
  if (found === undefined) return {};
  const { paperbench, usage, submission } = incompleteVerdict.parse(found);
  return { paperbench, submission, ...(usage ? { judgeUsage: usage } : {}) };
}
