import { expect, test } from '@jest/globals';
import { planStage } from '../../../activities/bookkeeping/plan-stage.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { keys } from '../../../core/names.ts';
import type { RolloutStage } from '../../../core/stages.ts';
import { temporaryFolders } from '../../support/temporary.ts';

const folder = temporaryFolders();
const stage: RolloutStage = {
  name: 'evaluate-sft',
  type: 'evaluate',
  policy: 'sft',
  checkpoint: 'sft',
  suite: 'heldout',
  step: 'heldout',
  rolloutsPerTask: 2,
  timeout: '100s',
  concurrency: 1,
};

/** A store with two tasks and a checkpoint, and how a stage of it is planned. */
async function table() {
  const store = createFolderStore(folder());
  const commit = (weights: string) => store.writeJson(`${keys.checkpoint('r', 'sft')}/manifest.json`, { weights });
  await store.writeJson(`${keys.run('r')}/tasks/suites.json`, { train: [], heldout: ['a', 'b'] });
  await commit('first');
  const plan = (of = stage) => planStage(store, { run: 'r', stage: of, replace: true });
  return { store, commit, plan };
}

test('an evaluation that is begun again goes on with the checkpoint that it began with', async () => {
  const { plan } = await table();
  expect((await plan()).pending).toHaveLength(4);
  expect((await plan()).counts.planned).toBe(4);
});

test('it refuses another checkpoint of the same name, and goes on once the first one is back', async () => {
  const { plan, commit } = await table();
  await plan();
  await commit('second');
  await expect(plan()).rejects.toMatchObject({
    type: 'InvalidInput',
    nonRetryable: true,
    message: expect.stringContaining('has begun to play checkpoint sft, which is another one by now'),
  });
  await commit('first');
  expect((await plan()).counts.planned).toBe(4);
});

test('it refuses to go on where the checkpoint is not there any more', async () => {
  const { plan, store } = await table();
  await plan();
  await store.remove(keys.checkpoint('r', 'sft'));
  await expect(plan()).rejects.toThrow('is not there any more');
});

test('a policy that is no checkpoint is bound to none', async () => {
  const { plan, commit } = await table();
  const teacher = { ...stage, name: 'evaluate-teacher', policy: 'teacher', checkpoint: null };
  await plan(teacher);
  await commit('second');
  expect((await plan(teacher)).counts.planned).toBe(4);
});
