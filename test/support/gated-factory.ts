import { Context } from '@temporalio/activity';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { StageStatus } from '../../core/status.ts';
import { eventually } from './eventually.ts';
import { fakePaper, fakePapers, type FakePaper } from './fake-papers.ts';
import { factoryActivities, scriptedModels } from './factory-world.ts';
import { paged } from './paged.ts';
import { fakeSandboxes } from './fake-sandboxes.ts';
import { openWorld, type World } from './workflows.ts';

type PlanInput = Parameters<ReturnType<typeof factoryActivities>['planPapers']>[0];

/**
 * A world with a factory whose calls of contributions wait for the test's leave, or to be cancelled, while the gate is shut. Called
 * at a file's top. With `pages`, an execution makes one paper, and planning its next ones is what the test makes of it.
 */
export function gatedFactory({ pages }: { pages?: (planned: number) => void } = {}) {
  const models = scriptedModels();
  const papers: FakePaper[] = [];
  const gate = { waiting: 0, open: true };
  const opened: { world?: World } = {};
  let runs = 0;
  let planned = 0;
  const world = (): World => opened.world as World;
  beforeAll(async () => {
    opened.world = await openWorld({
      sandboxes: fakeSandboxes(),
      factory: (store) => {
        const own = factoryActivities(store, { papers: fakePapers(store, papers), model: models.model });
        if (!pages) return own;
        const planOne = paged(own.planPapers);
        return { ...own, planPapers: (input: PlanInput) => (pages((planned += 1)), planOne(input)) };
      },
    });
  });
  afterAll(() => world().close());
  beforeEach(() => {
    Object.assign(gate, { waiting: 0, open: true });
    planned = 0;
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
    start: (recipe: unknown, type: 'researchFactory' | 'train' = 'researchFactory'): Promise<WorkflowHandle> =>
      world().client.workflow.start(type, {
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
