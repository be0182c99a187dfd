import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MICROPAPER } from '../../../core/plan/assumptions.ts';
import { expectedRollout, type Playing } from '../../../core/plan/expected-rollout.ts';

const assumed = {
  ...MICROPAPER,
  turns: 5,
  secondsPerTurn: 30,
  prefixTokens: 40,
  actionTokens: 5,
  observationTokens: 15,
};
const wall: Playing = {
  timeout: '1h',
  settings: { clock: { type: 'wall' }, maxTurns: 400 },
  windows: null,
  limits: null,
};
const virtual: Playing['settings'] = { clock: { type: 'virtual', turnSeconds: 4, callSeconds: 1 }, maxTurns: 400 };

test('a policy that sees all of its past is asked with the prefix and every turn before', () => {
  // Prompts of 40, 60, 80, 100 and 120 tokens; the last one holds every token that was ever asked with.
  expect(expectedRollout(wall, assumed)).toEqual({
    turns: 5,
    slotSeconds: 5 * 30,
    promptTokens: 40 + 60 + 80 + 100 + 120,
    newTokens: 120,
    outputTokens: 5 * 5,
    windows: 1,
    rowTokens: 40 + 5 * 20,
  });
});

test('a student is asked with its windows, by the function that cuts its training rows', () => {
  // |p| = 40, L_max = 100, O = 20, R = 20, turns of 20. Window 1: 40, then turns 1 to 3. Window 2: 40 and turn 3 again, then turns 4 and 5.
  const windows = { maxTokens: 100, overlap: 20, reserve: 20 };
  expect(expectedRollout({ ...wall, windows }, assumed)).toMatchObject({
    windows: 2,
    rowTokens: 100 + 100,
    promptTokens: 40 + 60 + 80 + (60 + 80),
    // The first window's prompts end with 80 tokens, the second's with 80 as well, 40 of which are the prefix.
    newTokens: 80 + 40,
  });
});

test('an answer and an observation are never longer than the student allows', () => {
  const { outputTokens, rowTokens } = expectedRollout(
    { ...wall, limits: { actionTokens: 2, observationTokens: 3 } },
    assumed,
  );
  expect(outputTokens).toBe(5 * 2);
  expect(rowTokens).toBe(40 + 5 * (2 + 3));
});

test.each([
  ['by itself', wall, 5],
  ["by the recipe's number of turns", { ...wall, settings: { ...wall.settings, maxTurns: 3 } }, 3],
  ['by its time budget: 2 turns of 30 s in 61 s', { ...wall, timeout: '61s' }, 2],
  ['never before its first turn', { ...wall, timeout: '1s' }, 1],
  ['by a virtual clock that charges 5 s a turn: 4 turns in 20 s', { ...wall, settings: virtual, timeout: '20s' }, 4],
])('a rollout ends %s', (_, playing, turns) => {
  expect(expectedRollout(playing, assumed).turns).toBe(turns);
});

test('a wall clock holds its slot for its budget at most, a virtual one as long as the machine takes', () => {
  expect(expectedRollout({ ...wall, timeout: '20s' }, assumed).slotSeconds).toBe(20);
  expect(expectedRollout({ ...wall, settings: virtual }, assumed).slotSeconds).toBeCloseTo(5 * 0.03);
});

test('windows that are too small for what is assumed are refused with the numbers', () => {
  const windows = { maxTokens: 50, overlap: 0, reserve: 20 };
  expect(() => expectedRollout({ ...wall, windows }, assumed)).toThrow(
    'the prefix holds 40 tokens; with a reserve of 20 it does not fit into 50',
  );
});

test('no prompt is longer than a window, and what is new is never more than what was asked', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 80, max: 2000 }), (turns, maxTokens) => {
      const windows = { maxTokens, overlap: 20, reserve: 20 };
      const found = expectedRollout({ ...wall, timeout: '30d', windows }, { ...assumed, turns });
      expect(found.promptTokens).toBeLessThanOrEqual(turns * maxTokens);
      expect(found.newTokens).toBeLessThanOrEqual(found.promptTokens);
      expect(found.rowTokens).toBeLessThanOrEqual(found.windows * maxTokens);
    }),
  );
});
