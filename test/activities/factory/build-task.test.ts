import { expect, jest, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { FactoryModel } from '../../../activities/factory/ask.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { taskKeys } from '../../../core/factory/task-keys.ts';
import { scriptedModels } from '../../support/factory-world.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { readyPaper } from './ready.ts';

const folder = temporaryFolders();
const USAGE = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 1 };

/** A model that answers by the script, once the test has had its say about the call. */
function modelThat(before: (kind: string, count: number) => Promise<void>) {
  const script = scriptedModels().model as () => FactoryModel;
  const asked: string[] = [];
  const ask: FactoryModel['ask'] = async (question, signal) => {
    asked.push(question.shape.name);
    await before(question.shape.name, asked.length);
    return { ...(await script().ask(question, signal)), usage: USAGE };
  };
  return { asked, model: () => ({ identity: { provider: 'scripted' }, ask }) };
}

test('one activity asks call after call and writes the task', async () => {
  const { asked, model } = modelThat(async () => undefined);
  const ready = await readyPaper(createFolderStore(folder()), { model });
  const built = await ready.inContext(() => ready.activities.buildTask({ ...ready, calls: 4 }));
  expect(built).toMatchObject({ ended: { outcome: 'made', cost: { calls: 6, paid: 6 } } });
  expect(asked).toEqual(['contributions', 'expand', 'expand', 'weights', 'addendum', 'review']);
});

test('an attempt that takes over asks only what was not answered', async () => {
  const store = createFolderStore(folder());
  const { asked, model } = modelThat(async (kind) => {
    if (kind === 'weights' && asked.filter((one) => one === 'weights').length === 1)
      throw new Error('the line is dead');
  });
  const ready = await readyPaper(store, { model });
  const build = () => ready.inContext(() => ready.activities.buildTask({ ...ready, calls: 1 }));
  await expect(build()).rejects.toThrow('the line is dead');
  expect(await build()).toMatchObject({ ended: { outcome: 'made', cost: { calls: 6 } } });
  expect(asked).toEqual(['contributions', 'expand', 'expand', 'weights', 'weights', 'addendum', 'review']);
});

test('a call that fails lets those beside it come to their end, and their answers stay', async () => {
  const store = createFolderStore(folder());
  let failing = true;
  const { asked, model } = modelThat(async (kind, count) => {
    if (kind !== 'expand' || !failing) return;
    if (count === 2) throw ApplicationFailure.create({ type: 'ProviderRefused', message: 'no', nonRetryable: true });
    await new Promise((resolve) => setImmediate(resolve));
  });
  const ready = await readyPaper(store, { model, factory: { rubric: { nodesPerCall: 1 } } });
  const build = () => ready.inContext(() => ready.activities.buildTask({ ...ready, calls: 3 }));
  await expect(build()).rejects.toMatchObject({ type: 'ProviderRefused' });
  expect(asked.filter((kind) => kind === 'expand')).toHaveLength(3);
  failing = false;
  asked.length = 0;
  await build();
  expect(asked.slice(0, 2)).not.toEqual(['expand', 'expand', 'expand']);
  expect(await store.list(taskKeys.calls(ready.place))).toContain('0002.expand-2-1.json');
});

test('a held factory begins no call and lets the one in flight through; released, it goes on after it', async () => {
  const store = createFolderStore(folder());
  const { asked, model } = modelThat(async (kind) => {
    if (kind === 'contributions') await ready.activities.holdPapers({ run: 'run', held: true });
  });
  const ready = await readyPaper(store, { model });
  const build = () => ready.inContext(() => ready.activities.buildTask({ ...ready, calls: 4 }));
  expect(await build()).toMatchObject({ goesOn: 'held', answered: 1, cost: { paid: 1 } });
  expect(await build()).toMatchObject({ goesOn: 'held', answered: 1 });
  expect(asked).toEqual(['contributions']);
  await ready.activities.holdPapers({ run: 'run', held: false });
  expect(await build()).toMatchObject({ ended: { outcome: 'made' } });
  expect(asked).toHaveLength(6);
});

test('after a minute of calls its workflow hears how far it is, and another activity goes on', async () => {
  const clock = { ahead: 0 };
  const now = performance.now.bind(performance);
  const mocked = jest.spyOn(performance, 'now').mockImplementation(() => now() + clock.ahead);
  try {
    const { asked, model } = modelThat(async () => void (clock.ahead += 40_000));
    const ready = await readyPaper(createFolderStore(folder()), { model });
    const build = () => ready.inContext(() => ready.activities.buildTask({ ...ready, calls: 1 }));
    expect(await build()).toMatchObject({ goesOn: 'later', answered: 2 });
    expect(await build()).toMatchObject({ goesOn: 'later', answered: 4 });
    expect(await build()).toMatchObject({ ended: { outcome: 'made' } });
    expect(asked).toHaveLength(6);
  } finally {
    mocked.mockRestore();
  }
});
