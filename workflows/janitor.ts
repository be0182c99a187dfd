import { isCancellation, log, patched } from '@temporalio/workflow';
import type { Swept } from '../activities/janitor/part-by-part.ts';
import { nothingSwept, reasonOf, sweptBefore } from './failures.ts';
import { sweepingMachine, sweepingStore } from './proxies.ts';

/** What was swept; null where nothing could be. `undone` says what could not, and why. */
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
  const [ofMachine, ofStore] = await Promise.allSettled([sweepMachine(), sweepStore()]);
  const undone = [...whyNot('machine', ofMachine), ...whyNot('store', ofStore)];
  const [machine, store] = [sweptOf(ofMachine), sweptOf(ofStore)];
  if (machine === null && store === null) throw nothingSwept(undone);
  if (undone.length > 0) log.warn('not all was swept', { undone });
  return { machine, store, undone };
}

const sweepMachine = (): Promise<Swept> =>
  sweepingMachine().sweepMachine.executeWithOptions({ summary: 'sandboxes without a rollout' }, []);

const sweepStore = (): Promise<Swept> =>
  sweepingStore().sweepStore.executeWithOptions({ summary: 'leases, unfinished files' }, []);

/** Of a part that could not be swept whole, what was. */
const sweptOf = (part: PromiseSettledResult<Swept>): Swept | null =>
  part.status === 'fulfilled' ? part.value : sweptBefore(part.reason);

/** A janitor that is cancelled ends as one that is. */
function whyNot(name: string, part: PromiseSettledResult<Swept>): string[] {
  if (part.status === 'fulfilled') return [];
  if (isCancellation(part.reason)) throw part.reason;
  return [`${name}: ${reasonOf(part.reason)}`];
}
