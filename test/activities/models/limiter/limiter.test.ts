import { setMaxListeners } from 'node:events';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createLimiter, type Share } from '../../../../activities/models/limiter/limiter.ts';
import { modelLimits } from '../../../../core/models.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const never = new AbortController().signal;
setMaxListeners(0, never);
const answered = {
  type: 'answered',
  usage: { inputTokens: 0, cacheWriteTokens: 0, outputTokens: 0 },
  limits: {},
} as const;

/** A limiter, the shares that it has given so far, and a way to ask for more. */
function table(limits: object) {
  const limiter = createLimiter();
  const given: { name: string; share: Share; at: number }[] = [];
  const wanted = { key: 'a', limits: modelLimits.parse(limits) };
  const began = performance.now();
  const ask = (name: string, since = performance.now(), signal = never): void => {
    limiter.acquire({ ...wanted, since }, signal).then(
      (share) => void given.push({ name, share, at: performance.now() - began }),
      () => undefined,
    );
  };
  return { limiter, given, ask, wanted, names: () => given.map(({ name }) => name) };
}

test('no more requests go out in a minute than the provider allows, and no fewer', async () => {
  const { given, ask } = table({ requestsPerMinute: 3000, concurrent: 10_000 });
  for (let count = 0; count < 4000; count += 1) ask(String(count));
  await jest.advanceTimersByTimeAsync(60_000);
  expect(given.length).toBeGreaterThanOrEqual(2990);
  expect(given.length).toBeLessThanOrEqual(3050);
});

test('at most so many are in flight, and each that ends lets the next one in', async () => {
  const { given, ask } = table({ concurrent: 2 });
  for (const name of ['a', 'b', 'c']) ask(name);
  await jest.advanceTimersByTimeAsync(0);
  expect(given).toHaveLength(2);
  given[0]?.share.settle(answered);
  given[0]?.share.settle(answered);
  await jest.advanceTimersByTimeAsync(0);
  expect(given).toHaveLength(3);
});

test('who has waited longest goes first, also where it comes back after a refusal', async () => {
  const { given, ask, names } = table({ concurrent: 1 });
  ask('first');
  await jest.advanceTimersByTimeAsync(10);
  ask('later');
  ask('came back', 0);
  for (let count = 0; count < 3; count += 1) {
    await jest.advanceTimersByTimeAsync(0);
    given.at(-1)?.share.settle(answered);
  }
  expect(names()).toEqual(['first', 'came back', 'later']);
});

test('tokens that were used beyond what was expected are waited for afterwards', async () => {
  const { given, ask } = table({ inputTokensPerMinute: 60_000 });
  ask('big');
  await jest.advanceTimersByTimeAsync(1000);
  given[0]?.share.settle({ ...answered, usage: { inputTokens: 10_000, cacheWriteTokens: 20_000, outputTokens: 0 } });
  ask('next');
  await jest.advanceTimersByTimeAsync(29_000);
  expect(given).toHaveLength(1);
  await jest.advanceTimersByTimeAsync(2000);
  expect(given).toHaveLength(2);
});

test('without limits in the recipe, those that the provider names beside its answers hold', async () => {
  const { given, ask } = table({ concurrent: 1000 });
  ask('first');
  await jest.advanceTimersByTimeAsync(0);
  given[0]?.share.settle({ ...answered, limits: { requestsPerMinute: 60 } });
  for (let count = 0; count < 100; count += 1) ask(String(count));
  await jest.advanceTimersByTimeAsync(30_000);
  expect(given.length).toBeGreaterThanOrEqual(30);
  expect(given.length).toBeLessThanOrEqual(33);
});

test('when nothing is left for anyone, nobody asks until the provider says so', async () => {
  const { given, ask } = table({});
  ask('first');
  await jest.advanceTimersByTimeAsync(0);
  given[0]?.share.settle({ type: 'refused', retryAfter: 20, limits: { requestsRemaining: 0 } });
  ask('second');
  await jest.advanceTimersByTimeAsync(19_000);
  expect(given).toHaveLength(1);
  await jest.advanceTimersByTimeAsync(1500);
  expect(given).toHaveLength(2);
});

test('a refusal now and then slows nobody down; many slow everyone down, and answers speed them up again', async () => {
  const rate = async (refusedEach: number): Promise<number> => {
    const { given, ask } = table({ requestsPerMinute: 600, concurrent: 10_000 });
    for (let count = 0; count < 3000; count += 1) ask(String(count));
    let settled = 0;
    for (let second = 0; second < 120; second += 1) {
      await jest.advanceTimersByTimeAsync(1000);
      for (; settled < given.length; settled += 1) {
        const isRefused = settled < 900 && settled % refusedEach === 0;
        given[settled]?.share.settle(isRefused ? { type: 'refused', retryAfter: undefined, limits: {} } : answered);
      }
    }
    return given.length / 120;
  };
  expect(await rate(20)).toBeGreaterThan(9.9);
  const slowed = await rate(2);
  expect(slowed).toBeLessThan(8);
  expect(slowed).toBeGreaterThan(1);
});

test('who leaves the queue gets nothing', async () => {
  const { given, ask, names } = table({ concurrent: 1 });
  const leaving = new AbortController();
  ask('first');
  ask('left', undefined, leaving.signal);
  ask('third');
  leaving.abort();
  await jest.advanceTimersByTimeAsync(0);
  given[0]?.share.settle(answered);
  await jest.advanceTimersByTimeAsync(0);
  expect(names()).toEqual(['first', 'third']);
});
