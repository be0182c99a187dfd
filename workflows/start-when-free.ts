import { log, sleep } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';

const PAUSE = '2s';
const TRIES = 300;

/**
 * Starts a child whose id an earlier execution may still hold: one that was ended by force leaves children that are just
 * ending. They are waited for, some minutes.
 */
export async function startWhenFree<T>(start: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError) || tries === TRIES) throw error;
      if (tries === 1) log.info('waits for an earlier execution to end', { workflowId: error.workflowId });
      await sleep(PAUSE, { summary: 'an earlier execution of the same name is still ending' });
    }
  }
}
