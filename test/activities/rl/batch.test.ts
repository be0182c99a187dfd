import { expect, test } from '@jest/globals';
import { advantagesIn, figuresOf, stalenessOf, type Played } from '../../../activities/rl/batch.ts';
import type { Turn } from '../../../core/trajectory.ts';

const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };
const turn = (policyVersion: string, index: number): Turn => ({
  acted: { type: 'acted', epoch: 1, turn: index, text: '', calls: [], usage, policyVersion, active: 0 },
  observed: { type: 'observed', epoch: 1, turn: index, observations: [], active: 0 },
});
const played = (
  rollout: string,
  score: number,
  more: { end?: 'submitted' | 'budget'; versions?: string[] } = {},
): Played => {
  const turns = (more.versions ?? ['sft-0123456789ab']).map(turn);
  const { end = 'submitted' } = more;
  const spent = { activeSeconds: 10, sandboxSeconds: 1, usage };
  return {
    record: { rollout, task: 'p', policy: 'rl-2h', outcome: 'scored', end, score, turns: turns.length, ...spent },
    turns,
  };
};

const mixed = [played('a', 0.8), played('b', 0.2)];
const flat = [played('c', 0.5), played('d', 0.5)];

test('a group whose scores are all equal is left out, or trained with advantage 0, as the recipe says', () => {
  const shown = (flatGroups: 'skip' | 'train') =>
    advantagesIn([mixed, flat], { baseline: 'rollout', flatGroups }).map(
      ({ played, advantage }) => `${played.record.rollout} ${advantage.toFixed(2)}`,
    );
  expect(shown('skip')).toEqual(['a 0.30', 'b -0.30']);
  expect(shown('train')).toEqual(['a 0.30', 'b -0.30', 'c 0.00', 'd 0.00']);
});

test('with the baseline over windows a rollout weighs as many times as it has windows', () => {
  const windows = new Map([
    ['a', 3],
    ['b', 1],
  ]);
  const [first] = advantagesIn([mixed], { baseline: 'window', flatGroups: 'skip' }, windows);
  // The mean is (3 · 0.8 + 1 · 0.2) / 4 = 0.65.
  expect(first?.advantage).toBeCloseTo(0.15, 12);
});

test('a step says how its rollouts scored and ended, and which groups were flat', () => {
  expect(figuresOf([[played('a', 1, { end: 'budget' }), played('b', 0)], flat])).toMatchObject({
    score: { mean: 0.5, n: 4 },
    turns: 1,
    activeSeconds: 10,
    ends: { budget: 1, submitted: 3 },
    groups: { count: 2, flat: 1 },
  });
});

test('turns are counted by how many updates their policy was behind the one that is trained', () => {
  const versions = ['sft-0123456789ab', 'rl-2h-1-0123456789ab', 'rl-2h-3-0123456789ab', 'rl-2h-3-fedcba987654', 'gpt'];
  // The second step found nothing to train.
  const checkpoints = ['sft', 'rl-2h-1', 'rl-2h-3'];
  expect(stalenessOf([[played('a', 1, { versions })]], checkpoints)).toEqual({ '0': 2, '1': 1, '2': 1, unknown: 1 });
});
