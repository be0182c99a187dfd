import { expect, test } from '@jest/globals';
import { manifestHash } from '../../../activities/manifest-hash.ts';
import { openStage } from '../../../activities/rl/open-stage.ts';
import { createFolderStore, type Store } from '../../../activities/store.ts';
import { keys } from '../../../core/names.ts';
import { recipe as recipeSchema } from '../../../core/recipe.ts';
import { stagesOf, type RlStage } from '../../../core/stages.ts';
import { endedRun, stepOf } from '../../support/ended-run.ts';
import { rlRecipe } from '../../support/rl-world.ts';
import { temporaryFolders } from '../../support/temporary.ts';

const folder = temporaryFolders();
const recipe = recipeSchema.parse(rlRecipe());
const stage = stagesOf(recipe).find((candidate): candidate is RlStage => candidate.type === 'rl') as RlStage;
const open = (store: Store, closes = false) => openStage(store, { run: 'r', stage, closes }, recipe);

/** A stage of RL that has done a step, or none; its checkpoints are whole. */
async function begun(steps: 0 | 1): Promise<Store> {
  const store = createFolderStore(folder());
  const run = await endedRun(store, 'r', rlRecipe());
  await store.writeJson(`${keys.run('r')}/tasks/suites.json`, { train: ['a', 'b'], validation: [], heldout: ['c'] });
  for (const name of ['untrained', 'rl-60s-1']) await run.checkpoint(name);
  const manifestSha256 = (await manifestHash(store, 'r', 'rl-60s-1')) ?? '';
  const record = {
    ...stepOf('rl-60s-1', 1, 0.5),
    batch: ['a', 'b'].map((task) => ({ step: 1, task })),
    manifestSha256,
  };
  if (steps === 1) await store.writeJson(keys.rlStep('r', 'rl-60s', 1), record);
  return store;
}

test('a stage goes on from the checkpoint of its last step', async () => {
  expect((await open(await begun(0))).state).toMatchObject({ done: 0, checkpoint: 'untrained' });
  expect((await open(await begun(1))).state).toMatchObject({ done: 1, checkpoint: 'rl-60s-1' });
});

test.each([
  [0, 'untrained', 'stage rl-60s starts from checkpoint untrained, which is not there'],
  [1, 'rl-60s-1', 'stage rl-60s has done step 1, but its checkpoint rl-60s-1 is not there'],
] as const)('after %i steps it refuses to go on where there is no checkpoint %s', async (steps, checkpoint, why) => {
  const store = await begun(steps);
  await store.remove(keys.checkpoint('r', checkpoint));
  await expect(open(store)).rejects.toMatchObject({ type: 'InvalidInput', message: expect.stringContaining(why) });
});

test.each([
  [0, 'untrained', 'stage rl-60s starts from checkpoint untrained, which has lost model.safetensors'],
  [1, 'rl-60s-1', 'stage rl-60s has done step 1, but its checkpoint rl-60s-1 has lost model.safetensors'],
] as const)(
  'after %i steps it refuses to go on from %s whose weights are gone, though its manifest is there',
  async (steps, checkpoint, why) => {
    const store = await begun(steps);
    await store.remove(`${keys.checkpoint('r', checkpoint)}/model.safetensors`);
    await expect(open(store)).rejects.toMatchObject({ type: 'InvalidInput', message: expect.stringContaining(why) });
  },
);

test('a stage that is only opened to be closed needs no weights', async () => {
  const store = await begun(1);
  await store.remove(`${keys.checkpoint('r', 'rl-60s-1')}/model.safetensors`);
  expect((await open(store, true)).state).toMatchObject({ done: 1, checkpoint: 'rl-60s-1' });
});
