import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { NativeConnection } from '@temporalio/worker';
import { createMachineJanitor, createStoreJanitor } from '../../activities/janitor.ts';
import { createFolderStore } from '../../activities/store.ts';
import { ensureJanitor, JANITOR } from '../../workers/janitor-schedule.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { gatedPolicy } from '../support/gated-policy.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { openWorld, type World } from '../support/workflows.ts';

const folder = temporaryFolder();
const sandboxes = fakeSandboxes();
const policy = gatedPolicy();
let world: World;
beforeAll(async () => {
  world = await openWorld({
    sandboxes,
    policy: () => policy,
    instead: {
      ...createMachineJanitor({ sandboxes, store: createFolderStore(`${folder}/store`), scratch: `${folder}/tmp` }),
      ...createStoreJanitor({ store: createFolderStore(`${folder}/store`) }),
    },
  });
});
afterAll(() => world.close());

test('the janitor comes by schedule, asks the server who runs, and takes only what nobody owns', async () => {
  const native = await NativeConnection.connect({ address: testServer().address });
  const schedule = { namespace: 'default', taskQueue: world.queue, everySeconds: 3600 };
  await ensureJanitor(native, schedule);
  await ensureJanitor(native, schedule); // the one that is there stays
  await native.close();
  await world.whileWorking(async () => {
    const options = { workflowId: world.run, taskQueue: world.queue, args: [tinyRecipe()] };
    const handle = await world.client.workflow.start('train', options);
    await eventually(() => policy.waiting() === 4);
    const labels = { run: 'gone', rollout: 'gone.distill.0.a.0' };
    await sandboxes.open({ id: 'gone.distill.0.a.0', labels } as Parameters<typeof sandboxes.open>[0]);
    expect(sandboxes.names()).toHaveLength(5);
    const janitor = world.client.schedule.getHandle(`${JANITOR}-${world.queue}`);
    await janitor.trigger();
    await eventually(() => sandboxes.names().length === 4);
    expect(sandboxes.names()).not.toContain('gone.distill.0.a.0');
    policy.leave(5 * 3);
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 5 });
    await janitor.delete();
  });
});
