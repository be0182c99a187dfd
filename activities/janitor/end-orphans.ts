import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';

/** A run that has just been ended by force is often begun again at once, and goes on with what it has in flight. */
const GRACE_MS = 600_000;

/**
 * Cancels the rollouts of a run that has been over for a while: those of RL are nobody's children, and where their stage was ended
 * by force they would play to their ends for nobody. How many were.
 */
export async function endOrphans(run: string, graceMs = GRACE_MS): Promise<number> {
  if (!(await isOver(run, graceMs))) return 0;
  const { workflow } = Context.current().client;
  const query = `WorkflowType="rollout" and ExecutionStatus="Running" and LonghaulRun="${run}"`;
  let ended = 0;
  for await (const { workflowId, runId } of workflow.list({ query })) {
    try {
      await workflow.getHandle(workflowId, runId).cancel();
      ended += 1;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
  return ended;
}

/** Over, and for so long; one that the server has forgotten is. */
async function isOver(run: string, graceMs: number): Promise<boolean> {
  try {
    const { status, closeTime } = await Context.current().client.workflow.getHandle(run).describe();
    return status.name !== 'RUNNING' && closeTime !== undefined && Date.now() - closeTime.getTime() >= graceMs;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return true;
    throw error;
  }
}
