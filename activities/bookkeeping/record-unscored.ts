import { keys } from '../../core/names.ts';
import { incompleteVerdict, type RolloutRecord } from '../../core/record.ts';
import { recordOutcome } from '../record-outcome.ts';
import type { Store } from '../store.ts';

export type Unscored = Pick<RolloutRecord, 'rollout' | 'task' | 'policy' | 'reason'> & {
  outcome: 'infra-failed' | 'cancelled';
};

/** The record of a rollout that has no score. What it had played is in its turn log, what its judge got to is told with it. */
export async function recordUnscored(store: Store, unscored: Unscored): Promise<RolloutRecord> {
  const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };
  const played = { turns: 0, activeSeconds: 0, sandboxSeconds: 0, usage };
  return recordOutcome(store, { ...unscored, ...played, ...(await judgedSoFar(store, unscored.rollout)) });
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
