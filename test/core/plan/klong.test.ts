import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { planRun } from '../../../core/plan/plan-run.ts';
import { recipe as recipeSchema } from '../../../core/recipe.ts';

const root = join(__dirname, '../../..');
const klong = recipeSchema.parse(JSON.parse(readFileSync(join(root, 'config/recipes/klong.json'), 'utf8')));
const { stages, total, notes } = planRun({ recipe: klong, tasks: null, slots: { rollout: 500, judge: 64 }, given: {} });
const stage = (name: string) => stages.find((one) => one.name === name)!;

test('it is the run of the paper: stages of 2, 4 and 6 hours from the split SFT, evaluated at 12', () => {
  expect(stages.map(({ name }) => name)).toEqual([
    'base',
    'distill',
    'sft',
    'rl-2h',
    'rl-4h',
    'rl-6h',
    'evaluate-sft',
    'evaluate-rl-2h',
    'evaluate-rl-4h',
    'evaluate-rl-6h',
    'evaluate-teacher',
  ]);
  expect(klong.stages.at(-1)).toMatchObject({ timeout: '12h', suite: 'heldout' });
});

test('its papers are the 20 of PaperBench and as many of the factory as are taken for granted', () => {
  expect(stage('evaluate-sft').rollouts).toBe(20 * 3);
  expect(stage('distill').rollouts).toBe(1000 * 4);
  expect(notes[0]).toContain('1000 to learn from and 20 held out are taken for granted');
});

test('a rollout that is cut makes as many turns as fit', () => {
  // 32 papers × 8 rollouts × 20 steps; 2 h hold 165 turns of 43.6 s, 12 h all 733 of them.
  expect(stage('rl-2h')).toMatchObject({ rollouts: 32 * 8 * 20, turns: 32 * 8 * 20 * Math.floor(7200 / 43.6) });
  expect(stage('evaluate-sft').turns).toBe(60 * 733);
});

test('each leaf that asks for code is asked about twice, by the judge of its stage', () => {
  const leaves = Math.round(60 * 416 * 0.44);
  expect(stage('evaluate-sft')).toMatchObject({ leaves, judgeCalls: 2 * leaves });
  // o3-mini: 100,000 tokens in and 5,000 out a leaf, at $1.10 and $4.40 a million. gpt-oss has no price.
  expect(stage('evaluate-sft').usd).toBeCloseTo(leaves * (0.1 * 1.1 + 0.005 * 4.4));
  expect(stage('rl-2h').usd).toBeNull();
});

test('the slots are what an RL stage waits for, and no schedule is shorter than its rollouts on them', () => {
  const { leastSeconds, rollouts } = stage('rl-6h');
  expect(leastSeconds).toBeGreaterThanOrEqual((rollouts * 6 * 3600 * 0.99) / 500);
  expect(total.leastSeconds).toBeGreaterThan(leastSeconds);
});

test('every history stays under what the server warns of, and nothing of the recipe looks like a mistake', () => {
  expect(total.longestHistory).toBeLessThan(10_240);
  expect(notes.join(' ')).not.toMatch(/slots stay idle|the server warns|longer than/);
});

test('its documentation says of every number whose it is, and names what it stands in', () => {
  const page = readFileSync(join(root, 'docs/klong.md'), 'utf8');
  for (const field of [
    'accept',
    'windows',
    'overlapLoss',
    'curriculum',
    'baseline',
    'maxStaleness',
    'admission',
    'assumptions',
  ])
    expect(page).toContain(field);
  const { windows } = klong.student!;
  for (const value of [windows.maxTokens, windows.overlap, windows.reserve])
    expect(page).toContain(value.toLocaleString('en'));
});
