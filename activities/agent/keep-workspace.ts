import { Context } from '@temporalio/activity';
import { keys } from '../../core/names.ts';
import { finishedTurns } from '../../core/trajectory.ts';
import type { Store } from '../store.ts';
import type { Lease } from './lease.ts';
import { readTurnLog } from './turn-log.ts';
import type { Workspace } from './workspace.ts';

/**
 * Keeps the workspace as it is after the last finished turn, in which nothing has been done since. It is no reason to fail where
 * that cannot be done: the sandbox has it all the same.
 */
export async function keepWorkspace(
  store: Store,
  rollout: string,
  { lease, workspace }: { lease: Lease; workspace: Workspace },
): Promise<void> {
  try {
    const turns = finishedTurns(await readTurnLog(store.path(keys.turns(rollout)))).length;
    await lease.assertHeld();
    if (turns > 0) await workspace.checkpoint(turns);
  } catch (error) {
    Context.current().log.warn('the workspace was not kept', { rollout, error: String(error) });
  }
}
