import type { Swept } from '../activities/janitor.ts';
import { sweepingMachine, sweepingStore } from './proxies.ts';

/** Started by a schedule: removes what no running rollout owns, on the machine that takes the task and in the store. */
export async function janitor(): Promise<{ machine: Swept; store: Swept }> {
  const machine = await sweepingMachine().sweepMachine.executeWithOptions(
    { summary: 'sandboxes without a rollout' },
    [],
  );
  const store = await sweepingStore().sweepStore.executeWithOptions({ summary: 'leases, unfinished files' }, []);
  return { machine, store };
}
