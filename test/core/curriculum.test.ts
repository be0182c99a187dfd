import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { describeIssues } from '../../core/describe-issues.ts';
import { recipe } from '../../core/recipe.ts';
import { stagesOf, type RlStage } from '../../core/stages.ts';

const smoke = JSON.parse(readFileSync('config/recipes/smoke.json', 'utf8')) as { stages: { type: string }[] };
const until = smoke.stages.filter(({ type }) => type === 'init' || type === 'distill' || type === 'sft');
const rl = {
  type: 'rl',
  from: 'sft',
  tasksPerStep: 2,
  rolloutsPerTask: 4,
  curriculum: [
    { timeout: '100s', steps: 8, learningRate: 0.01 },
    { timeout: '850s', steps: 6, rolloutsPerTask: 8, maxStaleness: 0 },
  ],
};
const evaluate = { type: 'evaluate', policies: ['sft', 'rl-100s', 'rl-850s'], rolloutsPerTask: 1, timeout: '1500s' };
const withRl = (changes: object = {}) => ({ ...smoke, stages: [...until, { ...rl, ...changes }, evaluate] });

const complaints = (input: unknown): string => {
  const parsed = recipe.safeParse(input);
  return parsed.success ? '' : describeIssues(parsed.error, input);
};

test('a curriculum is a stage for each timeout, each from the checkpoint of the one before', () => {
  const stages = stagesOf(recipe.parse(withRl())).filter(({ type }) => type === 'rl') as RlStage[];
  expect(stages).toMatchObject([
    { name: 'rl-100s', from: 'sft', timeout: '100s', steps: 8, rolloutsPerTask: 4, maxStaleness: 1 },
    { name: 'rl-850s', from: 'rl-100s', timeout: '850s', steps: 6, rolloutsPerTask: 8, maxStaleness: 0 },
  ]);
  expect(stages.map(({ training }) => training.learningRate)).toEqual([0.01, 1e-6]);
});

test('a stage that follows may evaluate its checkpoints by name', () => {
  expect(complaints(withRl())).toBe('');
});

test.each([
  [{ from: 'ghost' }, 'stages.5.from: no stage before this one has this name (got "ghost")'],
  [
    { curriculum: [...rl.curriculum, { timeout: '14m', steps: 1 }] },
    'stages.5.curriculum.2.timeout: must be longer than the one before, 850s (got "14m")',
  ],
  [{ tasksPerStep: 4 }, 'stages.5.curriculum.0: a step plays 4 tasks, tasks.train is 3'],
  [{ rolloutsPerTask: 1 }, 'stages.5.rolloutsPerTask: Too small: expected number to be >=2 (got 1)'],
])('%j is refused with the path to the field', (changes, says) => {
  expect(complaints(withRl(changes))).toContain(says);
});
