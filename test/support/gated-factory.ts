import { Context } from '@temporalio/activity';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { DryJudge } from '../../activities/factory/dry-judging.ts';
import type { StageStatus } from '../../core/status.ts';
import { eventually } from './eventually.ts';
import { fakePaper, fakePapers, type FakePaper } from './fake-papers.ts';
import { factoryActivities, lineJudge, scriptedModels } from './factory-world.ts';
import { paged } from './paged.ts';
import { fakeSandboxes } from './fake-sandboxes.ts';
import { judgeByNothing } from './judge-by-nothing.ts';
import { openWorld, type World } from './workflows.ts';

type Own = ReturnType<typeof factoryActivities>;
type PlanInput = Parameters<Own['planPapers']>[0];

interface Gated {
  /** An execution makes one paper, and planning its next ones is what the test makes of it. */
  pages?: (planned: number) => void;
  /** Activities that stand before the factory's own. */
  around?: (own: Own) => Partial<Own>;
}

/**
 * A world with a factory whose calls of contributions wait for the test's leave, or to be cancelled, while the gate is shut. Called
 * at a file's top.
 */
export function gatedFactory({ pages, around = () => ({}) }: Gated = {}) {
  const models = scriptedModels();
  const papers: FakePaper[] = [];
  const gate = { waiting: 0, open: true };
  const opened: { world?: World } = {};
  let runs = 0;
  let planned = 0;
  let lists = 0;
  const world = (): World => opened.world as World;
  beforeAll(async () => {
    opened.world = await openWorld({
      sandboxes: fakeSandboxes(),
      instead: { judge: judgeByNothing(() => world().store) },
      factory: (store) => {
        const dryJudge = (): DryJudge => lineJudge(papers[0]?.code ?? {});
        const made = factoryActivities(store, { papers: fakePapers(store, papers), model: models.model, dryJudge });
        const own = { ...made, ...around(made) };
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
    models.instead.answer = async ({ shape }) => (shape.name === 'contributions' ? pass(gate) : undefined);
  });
  return {
    world,
    models,
    papers,
    gate,
    /** None like it was made before, whose answers would be there. */
    newPapers(count: number): void {
      lists += 1;
      const names = Array.from({ length: count }, (_, index) => `paper-${lists}-${index}`);
      papers.splice(0, papers.length, ...names.map((name) => fakePaper(name)));
    },
    start: (recipe: unknown, type: 'researchFactory' | 'train' = 'researchFactory'): Promise<WorkflowHandle> =>
      world().client.workflow.start(type, {
        workflowId: `${world().run}-${runs++}`,
        taskQueue: world().queue,
        args: [recipe],
      }),
    ...WORDS,
    /** Nothing of the workflow is at work or waits to be. */
    async isIdle(workflowId: string): Promise<boolean> {
      const { raw } = await world().client.workflow.getHandle(workflowId).describe();
      return raw.pendingActivities?.length === 0 && !raw.pendingWorkflowTask;
    },
  };
}

async function pass(gate: { waiting: number; open: boolean }): Promise<undefined> {
  gate.waiting += 1;
  const { cancellationSignal } = Context.current();
  await eventually(() => gate.open || cancellationSignal.aborted);
  gate.waiting -= 1;
}

/** What is said to a factory, and asked of it. */
const WORDS = {
  statusOf: (handle: WorkflowHandle): Promise<StageStatus & { waitsFor: string | null }> => handle.query('status'),
  decide: (handle: WorkflowHandle, name: string, input: object = {}): Promise<unknown> =>
    handle.executeUpdate(name, { args: [input] }),
};
