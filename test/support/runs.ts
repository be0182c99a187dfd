import type { WorkflowHandle } from '@temporalio/client';
import { keys } from '../../core/names.ts';
import { report, type Report } from '../../core/report.ts';
import type { RunStatus } from '../../core/status.ts';
import { eventually } from './eventually.ts';
import type { World } from './workflows.ts';

/** Runs of a world, and what a test asks and decides of them; the world is opened before the first. */
export function runsOf(world: () => World) {
  let runs = 0;
  const newId = (): string => `${world().run}-${runs++}`;
  const statusOf = (handle: WorkflowHandle): Promise<RunStatus> => handle.query('status');
  return {
    /** A run's name that no other test has. */
    newId,
    start: (recipe: unknown, workflowId = newId()): Promise<WorkflowHandle> =>
      world().client.workflow.start('train', { workflowId, taskQueue: world().queue, args: [recipe] }),
    statusOf,
    decide: (handle: WorkflowHandle, name: string, input: object = {}): Promise<unknown> =>
      handle.executeUpdate(name, { args: [input] }),
    until: (handle: WorkflowHandle, state: string): Promise<void> =>
      eventually(async () => (await statusOf(handle)).state === state),
    reportOf: async ({ workflowId }: Pick<WorkflowHandle, 'workflowId'>): Promise<Report> =>
      report.parse(await world().store.readJson(keys.report(workflowId))),
  };
}
