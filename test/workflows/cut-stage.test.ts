import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { keys } from '../../core/names.ts';
import { report } from '../../core/report.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { gatedPolicy } from '../support/gated-policy.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { openWorld, type World } from '../support/workflows.ts';

const RECIPE = tinyRecipe({
  stages: [
    {
      type: 'distill',
      policy: 'teacher',
      rolloutsPerTask: 2,
      timeout: '1500s',
      concurrency: 1,
      accept: { minScore: 0 },
    },
  ],
});

const policy = gatedPolicy();
let world: World;
let mayClose: () => Promise<boolean>;
beforeAll(async () => {
  world = await openWorld({
    sandboxes: fakeSandboxes(),
    policy: () => policy,
    around: ({ closeStage }) => ({
      async closeStage(input) {
        await eventually(() => mayClose());
        return closeStage(input);
      },
    }),
  });
});
afterAll(() => world.close());

test('a stage that is cut while rollouts still wait to be admitted hears of those in play, and closes its ledger', async () => {
  await world.whileWorking(async () => {
    const { workflow } = world.client;
    const handle = await workflow.start('train', { workflowId: world.run, taskQueue: world.queue, args: [RECIPE] });
    await eventually(() => policy.waiting() === 1);
    const stage = workflow.getHandle(`${world.run}.distill`);
    mayClose = async () => {
      const { events } = await stage.fetchHistory();
      return (events ?? []).some((event) => event.childWorkflowExecutionCanceledEventAttributes);
    };
    await handle.executeUpdate('abort', { args: [{ reason: 'wrong recipe' }] });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
    const { ledger } = report.parse(await world.store.readJson(keys.report(world.run)));
    expect(ledger).toEqual({ planned: 4, scored: 0, infraFailed: 0, cancelled: 4 });
  });
});
