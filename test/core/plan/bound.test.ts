import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { leastPipeline, leastSeconds } from '../../../core/plan/bound.ts';

test.each([
  ['enough slots: as long as one job', { jobs: 8, seconds: 60, slots: 10 }, 60],
  ['too few: the slots are always busy', { jobs: 25, seconds: 60, slots: 10 }, (25 * 60) / 10],
  ['no job takes no time', { jobs: 0, seconds: 60, slots: 10 }, 0],
])('%s', (_, load, seconds) => {
  expect(leastSeconds(load)).toBe(seconds);
});

test('the slower pool decides, and one rollout passes through both', () => {
  const playing = { jobs: 100, seconds: 60, slots: 10 };
  expect(leastPipeline(playing, { jobs: 100, seconds: 1, slots: 10 })).toBe(600);
  expect(leastPipeline(playing, { jobs: 100, seconds: 30, slots: 2 })).toBe(1500);
  expect(leastPipeline({ ...playing, jobs: 1 }, { jobs: 1, seconds: 30, slots: 2 })).toBe(60 + 30);
  expect(leastPipeline({ ...playing, jobs: 0 }, { jobs: 0, seconds: 30, slots: 2 })).toBe(0);
});

test('no schedule that hands each job to the slot that is free first is shorter', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 50 }),
      (jobs, slots, seconds) => {
        const free = Array.from({ length: slots }, () => 0);
        for (let job = 0; job < jobs; job += 1) free[free.indexOf(Math.min(...free))]! += seconds;
        expect(leastSeconds({ jobs, slots, seconds })).toBeLessThanOrEqual(Math.max(...free));
      },
    ),
  );
});
