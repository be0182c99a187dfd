import { expect, test } from '@jest/globals';
import { readAnswers } from '../../../activities/factory/calls.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { taskKeys } from '../../../core/factory/task-keys.ts';
import { buildByScript } from '../../support/scripted-builder.ts';
import { toldBy } from '../../support/factory-world.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { askAll, readyPaper } from './ready.ts';

const folder = temporaryFolders();
const store = () => createFolderStore(folder());

test('an answer is in the store before it counts: a crash between the two pays for it once', async () => {
  const kept = store();
  const ready = await readyPaper(kept);
  const [call] = ready.plan.calls;
  if (!call) throw new Error('nothing is asked');
  await ready.inContext(() => ready.activities.askModel({ ...ready, call }));
  // The process died after the answer was written and before the call was noted.
  await kept.remove(taskKeys.calls(ready.place));
  const plan = await ready.inContext(() => ready.activities.askModel({ ...ready, call }));
  expect(ready.models.asked).toHaveLength(1);
  expect(plan).toMatchObject({ answered: 1, cost: { calls: 1, reused: 1, paid: 0 } });
});

test('a call that is made again after its answer was noted asks nobody', async () => {
  const ready = await readyPaper(store());
  const [call] = ready.plan.calls;
  if (!call) throw new Error('nothing is asked');
  const first = await ready.inContext(() => ready.activities.askModel({ ...ready, call }));
  expect(await ready.inContext(() => ready.activities.askModel({ ...ready, call }))).toEqual(first);
  expect(ready.models.asked).toHaveLength(1);
});

test('calls that were planned together see the same rubric, in whatever order they are answered', async () => {
  const seen: string[] = [];
  const outcomes = [];
  for (const order of [1, -1]) {
    const model = () => ({
      identity: { provider: 'scripted' },
      ask: async (question: Parameters<typeof toldBy>[0]) => {
        if (question.shape.name === 'expand') seen.push(question.question);
        const value = question.shape.schema.parse(buildByScript(question.shape.name, toldBy(question)));
        return { value, usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 } };
      },
    });
    const ready = await readyPaper(store(), { model, factory: { rubric: { nodesPerCall: 1 } } });
    let { plan } = ready;
    while (plan.calls.length > 0) {
      for (const call of order === 1 ? plan.calls : plan.calls.toReversed()) {
        plan = await ready.inContext(() => ready.activities.askModel({ ...ready, call }));
      }
    }
    outcomes.push(plan.leaves);
  }
  expect(outcomes[0]).toBe(outcomes[1]);
  expect(new Set(seen).size).toBe(seen.length / 2);
});

test('what is planned is planned until all of it is answered, and then the next is', async () => {
  const kept = store();
  const ready = await readyPaper(kept, { factory: { rubric: { nodesPerCall: 1 } } });
  const [first] = ready.plan.calls;
  if (!first) throw new Error('nothing is asked');
  const level = await ready.inContext(() => ready.activities.askModel({ ...ready, call: first }));
  expect(level.calls.map(({ name }) => name)).toEqual(['expand-1-1', 'expand-2-1', 'expand-3-1']);
  const [, second] = level.calls;
  if (!second) throw new Error('there is no second call');
  const rest = await ready.inContext(() => ready.activities.askModel({ ...ready, call: second }));
  expect(rest.calls.map(({ name }) => name)).toEqual(['expand-1-1', 'expand-3-1']);
  expect(await ready.activities.planRubric({ ...ready })).toEqual(rest);
});

test('another model, another prompt or another paper is another question', async () => {
  const kept = store();
  await askAll(await readyPaper(kept));
  const other = await readyPaper(kept, {
    model: () => ({ identity: { provider: 'other' }, ask: () => Promise.reject(new Error('asked')) }),
  });
  const [call] = other.plan.calls;
  expect(call?.name).toBeUndefined();
  await kept.remove(taskKeys.calls(other.place));
  await kept.remove(taskKeys.plan(other.place));
  const { calls } = await other.activities.planRubric({ ...other });
  const [again] = calls;
  if (!again) throw new Error('nothing is asked');
  await expect(other.inContext(() => other.activities.askModel({ ...other, call: again }))).rejects.toThrow('asked');
});

test('the answers of a paper are read in the order in which they were planned', async () => {
  const kept = store();
  const ready = await readyPaper(kept);
  await askAll(ready);
  const { calls } = await readAnswers(kept, ready.place);
  expect(calls.map(({ name }) => name)).toEqual([
    'contributions',
    'expand-1-3',
    'expand-2.1-2',
    'weights',
    'addendum',
    'review-0',
  ]);
});
