import { expect, test } from '@jest/globals';
import { eventually } from '../../../support/eventually.ts';
import { temporaryFolders } from '../../../support/temporary.ts';
import { grade, rubricOf, table, textOf } from './table.ts';

const folder = temporaryFolders();

test('what was graded is not asked again, by any rollout with this submission, unless the judge is another', async () => {
  const { judge, asked } = await table({ folder });
  const first = await judge();
  const again = await judge({ rollout: 'run.distill.0.one.1' });
  expect(again).toEqual({ ...first, usage: expect.objectContaining({ usd: 0 }) });
  expect((await judge()).usage).toEqual(first.usage);
  expect(asked()).toHaveLength(3);
  const other = await judge({ settings: { rankedFiles: 20 } });
  expect(other.judge).not.toBe(first.judge);
  expect(asked()).toHaveLength(6);
});

test('how fast it is asked, and at which price and address, is no part of what a judge is', async () => {
  const { judge } = await table({ folder });
  const first = await judge();
  const settings = { concurrency: 3 };
  const model = { price: { input: 1, output: 1 }, limits: { concurrent: 2 }, patience: '3s' };
  expect((await judge({ settings, model })).judge).toBe(first.judge);
  expect((await judge({ model: { temperature: 0.5 } })).judge).not.toBe(first.judge);
});

test('a provider that fails is no verdict: the attempt fails, and the next one goes on with the grades that it had', async () => {
  const rubric = rubricOf(6);
  const { judge, server, asked } = await table({
    folder,
    rubric,
    settings: { concurrency: 1 },
    model: { patience: '1s' },
  });
  server.set({ fault: (_body, count) => (count > 3 ? { type: 'status', status: 401 } : undefined) });
  await expect(judge()).rejects.toMatchObject({ type: 'ProviderRefused', nonRetryable: true });
  server.set({ fault: () => undefined });
  const before = asked().filter((_, index) => server.served[index]?.status === 200).length;
  expect(before).toBe(3);
  expect(await judge()).toMatchObject({ score: 1 });
  expect(server.served.filter(({ status }) => status === 200)).toHaveLength(6);
});

test('answers that are no grade are paid for, so they are counted, also by an attempt that takes over', async () => {
  const { judge, server } = await table({
    folder,
    rubric: rubricOf(3),
    answer: (requirement) => (requirement === 'leaf 1' ? grade('?') : 1),
  });
  const paid = (): number => server.served.reduce((sum, { usage }) => sum + (usage?.output_tokens ?? 0), 0);
  const first = await judge();
  expect(first).toMatchObject({ unjudged: [{ leaf: 'leaf-1' }] });
  expect(server.served).toHaveLength(4);
  expect(first.usage?.outputTokens).toBe(paid());
  expect((await judge()).usage?.outputTokens).toBe(paid());
  expect(server.served).toHaveLength(6);
});

test('no more leaves than the recipe says are in flight', async () => {
  let [now, most] = [0, 0];
  const { judge } = await table({
    folder,
    rubric: rubricOf(20),
    settings: { concurrency: 4 },
    server: {
      brain: async () => {
        most = Math.max(most, (now += 1));
        await eventually(() => most >= 4); // and then long enough for a fifth, were there one
        await new Promise((resolve) => setTimeout(resolve, 20));
        now -= 1;
        return grade(1);
      },
    },
  });
  await judge();
  expect(most).toBe(4);
});

test('a judge that waits for a place under the limits says so: it is not stuck', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const { judge, progress } = await table({
    folder,
    rubric: rubricOf(3),
    model: { limits: { concurrent: 1 }, patience: '1s' },
    server: { brain: () => held.then(() => grade(1)) },
  });
  const judged = judge();
  await eventually(() => progress.length > 1); // the first is that it begins
  release();
  expect(await judged).toMatchObject({ score: 1 });
});

test('a model that counts more tokens than was thought is asked again with less', async () => {
  const submission = { 'model.py': 'x = 1\n'.repeat(40_000) };
  const { judge, asked } = await table({
    folder,
    submission,
    settings: { variant: 'code-development' },
    model: { contextTokens: 100_000 },
    server: { contextTokens: 60_000 },
  });
  expect(await judge()).toMatchObject({ score: 1 });
  const sizes = asked('grade').map((body) => textOf(body).length);
  expect(sizes.length).toBeGreaterThan(1);
  expect(sizes.at(-1)).toBeLessThan(sizes[0] ?? 0);
});

test('where latency does not matter leaves are asked in batches, at their price, and what comes back misshapen by itself', async () => {
  let calls = 0;
  const { judge, server } = await table({
    folder,
    rubric: rubricOf(5),
    settings: { batch: true, rankedFiles: 1 },
    answer: (requirement) => (requirement === 'leaf 2' && (calls += 1) === 1 ? grade('?') : 1),
    server: { batchPolls: 1 },
  });
  const judged = await judge();
  expect(judged).toMatchObject({ score: 1 });
  // Leaf 2 alone was asked outside of the batches: which files, and the grade. What the batches said of it is paid for as well.
  expect(server.served).toHaveLength(2);
  const [files = 0, graded = 0] = server.served.map(({ usage }) => usage?.output_tokens ?? 0);
  expect(judged.usage?.outputTokens).toBe(6 * (files + graded));
});

test('an abort ends the judging with its reason', async () => {
  const stop = new AbortController();
  const { judge } = await table({ folder, answer: () => new Promise(() => stop.abort(new Error('stop'))) });
  await expect(judge({ signal: stop.signal })).rejects.toThrow('stop');
});
