import { createHash } from 'node:crypto';
import { accept, countDrops, type Acceptance, type AcceptanceRules, type Drop } from '../../core/acceptance.ts';
import type { LedgerRow } from '../../core/ledger.ts';
import { keys } from '../../core/names.ts';
import { finishedTurns } from '../../core/trajectory.ts';
import { readTurnLog } from '../agent/turn-log.ts';
import type { Store } from '../store.ts';

export interface Accepted {
  accepted: string[];
  dropped: Partial<Record<Drop, number>>;
  /** Every rollout with what became of it. */
  all: Acceptance[];
}

/** Applies the rules of a distillation to its ledger; the turn logs are read one after the other, and only where content counts. */
export async function acceptTrajectories(
  store: Store,
  rows: readonly LedgerRow[],
  rules: AcceptanceRules,
): Promise<Accepted> {
  const candidates = [];
  for (const row of rows) {
    const isRead = rules.duplicates === 'drop' && row.outcome === 'scored';
    candidates.push(isRead ? { ...row, content: await contentOf(store, row.rollout) } : row);
  }
  const all = accept(candidates, rules);
  const accepted = all.filter(({ kept }) => kept).map(({ rollout }) => rollout);
  return { accepted, dropped: countDrops(all), all };
}

/** A hash of what a rollout said and did, without ids and times. */
async function contentOf(store: Store, rollout: string): Promise<string> {
  const hash = createHash('sha256');
  for (const { acted } of finishedTurns(await readTurnLog(store.path(keys.turns(rollout))))) {
    hash.update(JSON.stringify([acted.text, acted.calls.map(({ name, input }) => [name, input])]));
  }
  return hash.digest('hex');
}
