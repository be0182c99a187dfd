import { expect, test } from '@jest/globals';
import { differenceOf } from '../../core/difference.ts';

const row = (task: string, score: number | null) =>
  ({ task, score, outcome: score === null ? 'infra-failed' : 'scored' }) as const;

test('on the same tasks each is compared with itself', () => {
  // 0.9 − 0.8, 0.3 − 0.1: the mean is 0.15, and the two differ from it by 0.05 each.
  const found = differenceOf([row('easy', 0.9), row('hard', 0.3)], [row('hard', 0.1), row('easy', 0.8)]);
  expect(found.paired).toBe(true);
  expect(found.mean).toBeCloseTo(0.15);
  expect(found.stderr).toBeCloseTo(Math.sqrt((2 * 0.05 ** 2) / 1 / 2));
});

test('several attempts at a task count as their mean', () => {
  const found = differenceOf(
    [row('a', 0.4), row('a', 0.6), row('b', 1)],
    [row('a', 0.5), row('b', 0.5), row('b', 0.7)],
  );
  expect(found.mean).toBeCloseTo((0 + 0.4) / 2);
});

test('on different tasks the errors of the two means add up', () => {
  const found = differenceOf([row('a', 0.4), row('b', 0.6)], [row('c', 0.1), row('d', 0.3)]);
  // Each mean has an error of 0.1.
  expect(found).toEqual({ mean: expect.closeTo(0.3), stderr: expect.closeTo(Math.hypot(0.1, 0.1)), paired: false });
});

test('a rollout without a score is no zero: its task is not compared', () => {
  const found = differenceOf([row('a', 0.5), row('b', null)], [row('a', 0.2), row('b', 0.4)]);
  expect(found.paired).toBe(false);
  expect(found.mean).toBeCloseTo(0.5 - 0.3);
});

test('nothing is compared with nothing, and one task has no error', () => {
  expect(differenceOf([], [])).toEqual({ mean: null, stderr: null, paired: false });
  expect(differenceOf([row('a', 1)], [row('a', 0)])).toEqual({ mean: 1, stderr: null, paired: true });
});
