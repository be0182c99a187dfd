import { expect, test } from '@jest/globals';
import { readRecipe } from '../../bench/start.ts';
import { recipe, type Recipe } from '../../core/recipe.ts';
import { playsAlongside, stagesOf } from '../../core/stages.ts';

const micro = async (change: (given: Recipe) => unknown = (given) => given): Promise<Recipe> =>
  recipe.parse(change(recipe.parse(await readRecipe('micro'))));
const namesOf = (given: Recipe): string[] => stagesOf(given).map(({ name }) => name);

test('an evaluation that plays alongside stands behind the stage whose checkpoint it needs', async () => {
  const given = await micro((one) => ({
    ...one,
    stages: [
      ...one.stages.filter(({ type }) => type !== 'evaluate' && type !== 'rl'),
      { type: 'evaluate', policies: ['base', 'sft', 'idle'], rolloutsPerTask: 1, timeout: '1500s', alongside: true },
    ],
  }));
  expect(namesOf(given)).toEqual([
    'untrained',
    'base',
    'evaluate-base',
    'distill',
    'sft-truncated',
    'sft',
    'evaluate-sft',
    'evaluate-idle', // needs no checkpoint: where the recipe has it
  ]);
});

test('one that does not stands where the recipe has it', async () => {
  const given = await micro((one) => ({
    ...one,
    stages: [
      ...one.stages.filter(({ type }) => type !== 'evaluate' && type !== 'rl'),
      { type: 'evaluate', policies: ['base'], rolloutsPerTask: 1, timeout: '1500s' },
    ],
  }));
  expect(namesOf(given).at(-1)).toBe('evaluate-base');
  expect(stagesOf(given).some(playsAlongside)).toBe(false);
});

test('stages of RL are evaluated behind themselves, in their order', async () => {
  const given = await micro((one) => ({
    ...one,
    stages: [
      ...one.stages.filter(({ type }) => type !== 'evaluate' && type !== 'rl'),
      {
        type: 'rl',
        from: 'sft',
        curriculum: [
          { timeout: '100s', steps: 1 },
          { timeout: '850s', steps: 1 },
        ],
        tasksPerStep: 2,
        rolloutsPerTask: 2,
      },
      {
        type: 'evaluate',
        policies: ['rl-100s', 'rl-850s'],
        rolloutsPerTask: 1,
        timeout: '1500s',
        alongside: true,
      },
    ],
  }));
  expect(namesOf(given).slice(-4)).toEqual(['rl-100s', 'evaluate-rl-100s', 'rl-850s', 'evaluate-rl-850s']);
});
