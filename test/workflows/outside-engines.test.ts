import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SyncedWeights, SyncWeightsInput } from '../../activities/weight-sync.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { fakeTraining } from '../support/fake-training.ts';
import { gatedPolicy } from '../support/gated-policy.ts';
import { trainingRecipe } from '../support/recipes.ts';
import { openWorld, type World } from '../support/workflows.ts';

const training = fakeTraining();
const policy = gatedPolicy();
const synced: string[] = [];
let world: World;
beforeAll(async () => {
  const syncWeights = async ({ name, checkpoint }: SyncWeightsInput): Promise<SyncedWeights> => {
    synced.push(`${name} is ${checkpoint}`);
    return { version: checkpoint, drained: [] };
  };
  const servePolicy = async (): Promise<never> => {
    throw new Error('the embedded server was asked to serve');
  };
  const instead = { ...training.activities, syncWeights, servePolicy };
  world = await openWorld({ sandboxes: fakeSandboxes(), policy: () => policy, instead });
});
afterAll(() => world.close());

test('engines that somebody else runs are brought to a checkpoint before it is evaluated, and nothing else serves it', async () => {
  const recipe = trainingRecipe();
  const server = { type: 'sglang', url: ['http://a.internal:30000', 'http://b.internal:30000'], model: 'student' };
  const student = { ...(recipe['student'] as object), server };
  await world.whileWorking(async () => {
    policy.leave(9);
    const options = { workflowId: world.run, taskQueue: world.queue, args: [{ ...recipe, student }] };
    const handle = await world.client.workflow.start('train', options);
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 3 });
  });
  expect(synced).toEqual(['sft is sft']);
});
