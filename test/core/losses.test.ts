import { expect, test } from '@jest/globals';
import { thinned } from '../../core/losses.ts';

const points = (...losses: number[]) => losses.map((loss, index) => ({ step: index + 1, loss }));

test('few points stay as they are', () => {
  expect(thinned(points(3, 2, 1))).toEqual(points(3, 2, 1));
  expect(thinned([])).toEqual([]);
});

test('many become means of stretches, named by their last step', () => {
  expect(thinned(points(4, 2, 3, 1, 9), 3)).toEqual([
    { step: 2, loss: 3 },
    { step: 4, loss: 2 },
    { step: 5, loss: 9 },
  ]);
  expect(thinned(points(...Array.from({ length: 1001 }, () => 1)), 200)).toHaveLength(167);
});
