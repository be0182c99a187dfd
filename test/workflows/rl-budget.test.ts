import { expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { rlTests } from '../support/rl-world.ts';

const opened = rlTests();

test.each([
  // Each of the eight rollouts holds a sandbox for a second.
  [
    { sandboxSeconds: 5 },
    { sandboxSeconds: 5 },
    'budget.sandboxSeconds is 5: 5 are used, and what comes next may take 1',
  ],
  // Each job takes a second; one made the policy, one is the first step's.
  [{ gpuSeconds: 2.5 }, { gpuSeconds: 2 }, 'budget.gpuSeconds is 2.5: 2 are used, and what comes next may take 1'],
])(
  'with a budget of %j RL parks before it is exceeded, and goes on where it was when it is raised',
  async (budget, cost, why) => {
    await opened.world.whileWorking(async () => {
      const { fake } = opened;
      fake.table.endsAll = true;
      const run = await opened.start({}, { budget });
      await eventually(async () => (await run.status()).state === 'parked');
      const status = await run.status();
      expect(status.waitsFor).toContain(`BudgetReached: ${why}`);
      expect(status.cost).toMatchObject(cost);
      await run.decide('tune', { budget: { sandboxSeconds: 100, gpuSeconds: 100 } });
      await run.decide('resume');
      expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 8, scored: 8 });
      expect((await run.status()).cost).toMatchObject({ sandboxSeconds: 8, gpuSeconds: 3 });
      expect((await run.report()).rl.steps).toHaveLength(2);
    });
  },
);
