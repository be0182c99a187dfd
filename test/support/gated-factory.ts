import { Context } from '@temporalio/activity';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { StageStatus } from '../../core/status.ts';
import { eventually } from './eventually.ts';
import { fakePaper, fakePapers, type FakePaper } from './fake-papers.ts';
import { factoryActivities, scriptedModels } from './factory-world.ts';
import { fakeSandboxes } from './fake-sandboxes.ts';
import { openWorld, type World } from './workflows.ts';

/**
 * A world with a factory whose calls of contributions wait for the test's leave, or to be cancelled, while the gate is shut. Called
 * at a file's top.
 */
export function gatedFactory() {
  const models = scriptedModels();
  const papers: FakePaper[] = [];
  const gate = { waiting: 0, open: true };
  const opened: { world?: World } = {};
  let runs = 0;
  const world = (): World => opened.world as World;
  beforeAll(async () => {
    opened.world = await openWorld({
      sandboxes: fakeSandboxes(),
      factory: (store) => factoryActivities(store, { papers: fakePapers(store, papers), model: models.model }),
    });
  });
  afterAll(() => world().close());
  beforeEach(() => {
    Object.assign(gate, { waiting: 0, open: true });
    models.asked.length = 0;
    models.instead.answer = async ({ shape }) => {
      if (shape.name !== 'contributions') return undefined;
      gate.waiting += 1;
      const { cancellationSignal } = Context.current();
      await eventually(() => gate.open || cancellationSignal.aborted);
      gate.waiting -= 1;
      return undefined;
    };
  });
  return {
    world,
    models,
    papers,
    gate,
    newPapers(count: number): void {
      const names = Array.from({ length: count }, (_, index) => `paper-${runs}-${index}`);
      papers.splice(0, papers.length, ...names.map((name) => fakePaper(name)));
    },
    start: (recipe: unknown): Promise<WorkflowHandle> =>
      world().client.workflow.start('researchFactory', {
        workflowId: `${world().run}-${runs++}`,
        taskQueue: world().queue,
        args: [recipe],
      }),
    statusOf: (handle: WorkflowHandle): Promise<StageStatus & { waitsFor: string | null }> => handle.query('status'),
    decide: (handle: WorkflowHandle, name: string, input: object = {}): Promise<unknown> =>
      handle.executeUpdate(name, { args: [input] }),
    /** Nothing of the workflow is at work or waits to be. */
    async isIdle(workflowId: string): Promise<boolean> {
      const { raw } = await world().client.workflow.getHandle(workflowId).describe();
      return raw.pendingActivities?.length === 0 && !raw.pendingWorkflowTask;
    },
  };
}
