import { expect, test } from '@jest/globals';
import { restOf, rlFigures, rlNotes, stalenessOf } from '../../core/rl-figures.ts';
import type { RlStep } from '../../core/rl-report.ts';

const step = (changes: Partial<RlStep> = {}): RlStep => ({
  step: 1,
  checkpoint: 'rl-1h-1',
  trained: true,
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:01:00.000Z',
  score: { mean: 0.2, stderr: 0.01, n: 8 },
  turns: 10,
  activeSeconds: 60,
  ends: { submitted: 2, budget: 6 },
  groups: { count: 2, flat: 0 },
  lost: 0,
  rows: 16,
  trainedTokens: 1000,
  seconds: { total: 60, rollout: 40, judge: 5, train: 12, sync: 1 },
  slots: { count: 8, utilisation: 0.9 },
  staleness: { '0': 70, '1': 10 },
  metrics: {},
  ...changes,
});

test('figures of a stage are weighed by the length of its steps', () => {
  const long = step({
    seconds: { total: 180, rollout: 170, judge: 2, train: 6, sync: 2 },
    slots: { count: 8, utilisation: 0.5 },
  });
  const figures = rlFigures({ steps: [step({ lost: 1 }), { ...long, score: { mean: 0.4, stderr: null, n: 8 } }] });
  expect(figures).toEqual({
    firstScore: 0.2,
    lastScore: 0.4,
    groups: 4,
    flat: 0,
    lost: 1,
    stepSeconds: (60 + 180) / 2,
    utilisation: expect.closeTo((60 * 0.9 + 180 * 0.5) / 240),
    trainerIdle: expect.closeTo(1 - (12 + 6) / 240),
  });
});

test('a stage without steps has no figures, not zeroes', () => {
  expect(rlFigures({ steps: [] })).toMatchObject({
    firstScore: null,
    stepSeconds: null,
    utilisation: null,
    trainerIdle: null,
  });
});

test('the rest of a step is what no part of it explains, and never negative', () => {
  expect(restOf(step().seconds)).toBe(60 - 40 - 5 - 12 - 1);
  expect(restOf({ total: 10, rollout: 9, judge: 0, train: 3, sync: 0 })).toBe(0);
});

test('staleness adds up over steps, and a number of updates that no turn was behind is a zero', () => {
  expect(stalenessOf([step(), step({ staleness: { '0': 1, '3': 4 } })])).toEqual([71, 10, 0, 4]);
  expect(stalenessOf([])).toEqual([]);
});

test('a reader is told when no group had any variance, and when nothing was ever submitted', () => {
  const flat = step({ groups: { count: 2, flat: 2 } });
  const cut = step({ ends: { budget: 8 } });
  expect(rlNotes('rl-1h', { steps: [step(), flat, cut] })).toEqual([
    'rl-1h: in 1 of 3 steps no group had any variance, so there was nothing to learn from.',
    'rl-1h: in 1 of 3 steps no rollout submitted; what was scored is unfinished work.',
  ]);
  expect(rlNotes('rl-1h', { steps: [step()] })).toEqual([]);
});
