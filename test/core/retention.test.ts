import { expect, test } from '@jest/globals';
import { toRemove } from '../../core/retention.ts';

const items = [0.2, 0.9, null, 0.5, 0.1].map((score, order) => ({
  name: `n${order}`,
  score,
  order,
  named: order === 0,
}));

test('the best and the last stay, and whatever a manifest names', () => {
  expect(toRemove(items, { keepBest: 1, keepLast: 1 })).toEqual(['n2', 'n3']);
  expect(toRemove(items, { keepBest: 2, keepLast: 2 })).toEqual(['n2']);
});

test('a rule that keeps nothing gives up everything but what is named', () => {
  expect(toRemove(items, { keepBest: 0, keepLast: 0 })).toEqual(['n1', 'n2', 'n3', 'n4']);
});

test('of equal scores the later one is the better one', () => {
  const equal = [0, 1].map((order) => ({ name: `n${order}`, score: 1, order, named: false }));
  expect(toRemove(equal, { keepBest: 1, keepLast: 0 })).toEqual(['n0']);
});
