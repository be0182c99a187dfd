import type { LedgerRow } from '../../core/ledger.ts';
import { keys } from '../../core/names.ts';
import type { Store } from '../store.ts';

/** The ledger of a stage that has ended. */
export async function readLedger(store: Store, run: string, stage: string): Promise<LedgerRow[]> {
  const lines = (await store.read(`${keys.stage(run, stage)}/ledger.jsonl`)).toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LedgerRow);
}
