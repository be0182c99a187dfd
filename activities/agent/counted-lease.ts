import type { Context } from '@temporalio/activity';
import { keys } from '../../core/names.ts';
import { exhausted } from '../failures.ts';
import type { Store } from '../store.ts';
import { takeLease, type Lease } from './lease.ts';
import { readTurnLog } from './turn-log.ts';

/** Takes the lease, unless too many attempts in a row got nowhere. */
export async function takeCountedLease(store: Store, rollout: string, attempts: number): Promise<Lease> {
  const records = (await readTurnLog(store.path(keys.turns(rollout)))).filter(({ type }) => type !== 'opened');
  const lease = await takeLease(store.path(keys.rollout(rollout)), `record ${records.length}`);
  if (lease.fruitless > attempts) {
    throw exhausted(`${attempts} attempts in a row ended without a new turn, at turn log record ${records.length}`);
  }
  return lease;
}

/** An operator or a deploy ended the attempt: however often they do, it says nothing of the rollout. */
export function excuseOf({ cancellationDetails: why }: Context): string | undefined {
  if (why?.workerShutdown) return 'the worker was stopped';
  return why?.paused || why?.reset ? 'the activity was paused or reset' : undefined;
}
