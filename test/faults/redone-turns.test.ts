import { expect, test } from '@jest/globals';
import { redonePerAttempt } from './redone-turns.ts';

const log = (...records: [type: string, epoch: number, turn?: number][]): string =>
  records.map(([type, epoch, turn]) => JSON.stringify({ type, epoch, turn })).join('\n');

test('nothing was done again where an answer was kept', () => {
  const kept = log(['opened', 1], ['acted', 1, 0], ['opened', 2], ['observed', 2, 0], ['acted', 2, 1]);
  expect(redonePerAttempt(kept)).toBe(0);
});

test('the turn that was asked for when another took over is done again once, also where a zombie writes it down later', () => {
  const taken = log(
    ['opened', 1],
    ['acted', 1, 0],
    ['observed', 1, 0],
    ['opened', 2],
    ['acted', 1, 1],
    ['acted', 2, 1],
  );
  expect(redonePerAttempt(taken)).toBe(1);
});

test('two turns that one attempt does again are two', () => {
  const lost = log(['opened', 1], ['acted', 1, 0], ['acted', 1, 1], ['opened', 2], ['acted', 2, 0], ['acted', 2, 1]);
  expect(redonePerAttempt(lost)).toBe(2);
});
