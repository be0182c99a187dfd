import { expect, test } from '@jest/globals';
import { comparison } from '../../bench/progressive.ts';
import { readRecipe } from '../../bench/start.ts';
import { recipe } from '../../core/recipe.ts';
import { stagesOf } from '../../core/stages.ts';

const withCurriculum = async () => {
  const micro = recipe.parse(await readRecipe('micro'));
  const others = micro.stages.filter(({ type }) => type !== 'rl' && type !== 'evaluate');
  const curriculum = [
    { timeout: '100s', steps: 8 },
    { timeout: '850s', steps: 6 },
    { timeout: '1300s', steps: 6 },
  ];
  const rl = { type: 'rl', from: 'sft', curriculum, tasksPerStep: 6, rolloutsPerTask: 8 };
  const evaluate = { type: 'evaluate', policies: ['sft', 'rl-1300s'], rolloutsPerTask: 1, timeout: '1500s' };
  return recipe.parse({ ...micro, stages: [...others, rl, evaluate] });
};

test('direct RL starts from the same checkpoint: once with as many steps, once with steps of about as much active time', async () => {
  const compared = comparison(await withCurriculum());
  const stages = stagesOf(compared.recipe).filter((stage) => stage.type === 'rl');
  // 8 × 100 + 6 × 850 + 6 × 1000 = 11,900 active seconds are 12 steps of the 1000 that a rollout takes at most.
  expect(stages.map(({ name, from, steps }) => [name, from, steps])).toEqual([
    ['rl-100s', 'sft', 8],
    ['rl-850s', 'rl-100s', 6],
    ['rl-1300s', 'rl-850s', 6],
    ['rl-1301s', 'sft', 20],
    ['rl-1302s', 'sft', 12],
  ]);
  expect(compared).toMatchObject({ sameRollouts: 'rl-1301s', sameTime: 'rl-1302s' });
});

test('both are evaluated beside the last stage and where they all started', async () => {
  const { recipe: compared } = comparison(await withCurriculum());
  const evaluated = stagesOf(compared).flatMap((stage) => (stage.type === 'evaluate' ? [stage.policy] : []));
  expect(evaluated).toEqual(['sft', 'rl-1300s', 'rl-1301s', 'rl-1302s']);
});
