import { isCancellation, log, patched } from '@temporalio/workflow';
import type { Swept } from '../activities/janitor.ts';
import { nothingSwept, reasonOf } from './failures.ts';
import { sweepingMachine, sweepingStore } from './proxies.ts';

/** What was swept; null where it could not be, and `undone` says why. */
export interface Sweeping {
  machine: Swept | null;
  store: Swept | null;
  undone: string[];
}

/**
 * Started by a schedule: removes what nobody owns, on the machine that takes the task and in the store. Neither waits for the
 * other: of a cluster that has no machine to sweep, or none that answers, the store is swept all the same.
 */
export async function janitor(): Promise<Sweeping> {
  // Before this patch the store waited for the machine, and was not swept where the machine was not.
  if (!patched('sweeps-apart')) return { machine: await sweepMachine(), store: await sweepStore(), undone: [] };
  const [machine, store] = await Promise.allSettled([sweepMachine(), sweepStore()]);
  const undone = [...whyNot('machine', machine), ...whyNot('store', store)];
  if (undone.length === 2) throw nothingSwept(undone);
  if (undone.length > 0) log.warn('not all was swept', { undone });
  return { machine: sweptOf(machine), store: sweptOf(store), undone };
}

const sweepMachine = (): Promise<Swept> =>
  sweepingMachine().sweepMachine.executeWithOptions({ summary: 'sandboxes without a rollout' }, []);

const sweepStore = (): Promise<Swept> =>
  sweepingStore().sweepStore.executeWithOptions({ summary: 'leases, unfinished files' }, []);

const sweptOf = (part: PromiseSettledResult<Swept>): Swept | null => (part.status === 'fulfilled' ? part.value : null);

/** A janitor that is cancelled ends as one that is. */
function whyNot(name: string, part: PromiseSettledResult<Swept>): string[] {
  if (part.status === 'fulfilled') return [];
  if (isCancellation(part.reason)) throw part.reason;
  return [`${name}: ${reasonOf(part.reason)}`];
}
