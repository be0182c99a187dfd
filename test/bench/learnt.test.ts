import { expect, test } from '@jest/globals';
import { figuresOf, figuresOver, type Learnt, type PolicyScores } from '../../bench/learnt.ts';

const scores = (policy: string, mean: number, late = mean): PolicyScores => ({
  policy,
  score: { mean, stderr: 0.01 },
  late: { mean: late, stderr: 0.01 },
});

const learnt = (seed: number, rl: [number, number]): Learnt => ({
  seed,
  policies: [
    scores('untrained', 0),
    scores('sft-truncated', 0.2),
    scores('sft', 0.45, 0.4),
    scores('rl-100s', rl[0], 0.39),
    scores('rl-850s', rl[1]),
  ],
  rl: ['rl-100s', 'rl-850s'],
});

test('a seed is told by what splitting, training and each RL stage gain, and by what the first stage costs late phases', () => {
  const figures = figuresOf(learnt(7, [0.5, 0.6]));
  expect(figures.map(({ figure, ok }) => [figure, ok])).toEqual([
    ['seed 7: windows above truncated', true],
    ['seed 7: truncated above untrained', true],
    ['seed 7: rl-100s above sft', true],
    ['seed 7: rl-850s above rl-100s', true],
    ['seed 7: rl-850s above sft', true],
    ['seed 7: late phases after rl-100s against sft', true], // 0.01 lost is less than one standard error of 0.014
  ]);
});

test('late phases that lose more than one standard error are a miss', () => {
  const worn = learnt(7, [0.5, 0.6]);
  worn.policies[3] = scores('rl-100s', 0.5, 0.38);
  expect(figuresOf(worn).at(-1)).toMatchObject({ ok: false });
});

test('a recipe without RL is told by SFT alone', () => {
  expect(figuresOf({ ...learnt(7, [0, 0]), rl: [] })).toHaveLength(2);
});

test.each([
  { rising: 4, of: 5, ok: true },
  { rising: 3, of: 5, ok: false },
])('a stage that is above the one before in $rising of $of seeds: $ok', ({ rising, of, ok }) => {
  const seeds = Array.from({ length: of }, (_, seed) => learnt(seed, [0.5, seed < rising ? 0.6 : 0.4]));
  expect(figuresOver(seeds)).toMatchObject([
    { figure: 'rl-100s above the stage before, share of seeds', ok: true },
    { figure: 'rl-850s above the stage before, share of seeds', value: rising / of, ok },
  ]);
});

test('a policy that was not evaluated is an error', () => {
  const gone = learnt(7, [0.5, 0.6]);
  gone.policies.pop();
  expect(() => figuresOf(gone)).toThrow('seed 7: rl-850s has no held-out score');
});
