import { expect, test } from '@jest/globals';
import { afterShare, gradedPerSecond, longestQueue, waits, type Judged } from '../../bench/judged.ts';

const judged = (played: number, begun: number): Judged => ({
  played: 1000 * played,
  begun: 1000 * begun,
  graded: 1000 * (begun + 1),
});

test('a rollout waits from its end until its judging begins', () => {
  expect(waits([judged(0, 0), judged(2, 5)])).toEqual([0, 3]);
});

test('the longest queue is the most that wait at one time; one that begins as another comes makes room first', () => {
  expect(longestQueue([judged(0, 3), judged(1, 4), judged(2, 5)])).toBe(3);
  expect(longestQueue([judged(0, 2), judged(2, 4)])).toBe(1);
  expect(longestQueue([])).toBe(0);
});

test('the later part is taken by when it was played', () => {
  expect(afterShare([judged(4, 5), judged(1, 9), judged(3, 6), judged(2, 7)], 0.5).map(({ played }) => played)).toEqual(
    [3000, 4000],
  );
});

test('grades in a second are counted from the first to the last', () => {
  expect(gradedPerSecond([judged(0, 0), judged(0, 2), judged(0, 4)])).toBeCloseTo(2 / 4);
});
