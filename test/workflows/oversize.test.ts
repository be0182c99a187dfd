import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { gatedPolicy } from '../support/gated-policy.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { openWorld, type World } from '../support/workflows.ts';

const policy = gatedPolicy();
let world: World;
beforeAll(async () => {
  world = await openWorld({ sandboxes: fakeSandboxes(), policy: () => policy });
});
afterAll(() => world.close());

test('a message that is too large is refused, and the run goes on as if it had never come', async () => {
  await world.whileWorking(async () => {
    const options = { workflowId: world.run, taskQueue: world.queue, args: [tinyRecipe()] };
    const handle = await world.client.workflow.start('train', options);
    await eventually(() => policy.waiting() === 4);
    const large = { reason: 'x'.repeat(3_000_000) };
    await expect(handle.executeUpdate('skip', { args: [large] })).rejects.toBeInstanceOf(Error);
    await handle.signal('progress', { name: 'distill', note: 'x'.repeat(1_500_000) });
    policy.leave(5 * 3);
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 5 });
  });
}, 60_000);
