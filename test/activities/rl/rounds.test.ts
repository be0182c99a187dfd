import { expect, test } from '@jest/globals';
import { tasksOfRound } from '../../../activities/rl/rounds.ts';

const suite = Array.from({ length: 10 }, (_, index) => `p${index}`);
const round = (step: number, seed = 1, count = 3): string[] => tasksOfRound(suite, { seed, count }, step);

test('a round has as many tasks as a step plays, none of them twice', () => {
  for (let step = 1; step <= 30; step += 1) expect(new Set(round(step)).size).toBe(3);
});

test('no task comes again before there are not enough others left for a round', () => {
  const first = [1, 2, 3].flatMap((step) => round(step));
  expect(new Set(first).size).toBe(9);
  const second = [4, 5, 6].flatMap((step) => round(step));
  expect(new Set(second).size).toBe(9);
  expect(second).not.toEqual(first);
});

test('whoever asks, and whenever, gets the same; another seed gives others', () => {
  expect(round(5)).toEqual(round(5));
  expect(round(5, 2)).not.toEqual(round(5));
});

test('a suite that is too small for a step is refused', () => {
  expect(() => round(1, 1, 11)).toThrow('a step plays 11 tasks, but the suite has 10');
});
