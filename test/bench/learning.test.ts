import { expect, test } from '@jest/globals';
import { withSeed } from '../../bench/learning.ts';
import { difference } from '../../bench/learnt.ts';
import { readRecipe } from '../../bench/start.ts';
import { recipe } from '../../core/recipe.ts';

test.each([
  // (0.5 − 0.2) / √(0.03² + 0.04²) = 0.3 / 0.05 = 6
  { is: 'far above', high: 0.5, low: 0.2, errors: 6, ok: true },
  { is: 'above, not far enough', high: 0.3, low: 0.2, errors: 2, ok: false },
  { is: 'below', high: 0.2, low: 0.5, errors: -6, ok: false },
])('a mean that is $is another', ({ high, low, errors, ok }) => {
  const found = difference(
    'x',
    [
      { mean: high, stderr: 0.03 },
      { mean: low, stderr: 0.04 },
    ],
    3,
  );
  expect(found).toMatchObject({ value: expect.closeTo(errors, 9), ok });
});

test('two means without any spread say nothing', () => {
  const nothing = { mean: 0, stderr: 0 };
  expect(difference('x', [nothing, nothing], 3).ok).toBe(false);
});

test('a seed changes the papers, the model, the drills and the batches, and nothing else', async () => {
  const micro = recipe.parse(await readRecipe('micro'));
  const [first, other] = [withSeed(micro, 1), withSeed(micro, 2)];
  expect(JSON.stringify(other)).not.toBe(JSON.stringify(first));
  expect(JSON.stringify(other).replaceAll('"seed":2', '"seed":1')).toBe(JSON.stringify(first));
  const seeds = [...JSON.stringify(other).matchAll(/"seed":(\d+)/g)].map(([, seed]) => seed);
  expect(seeds.filter((seed) => seed !== '2')).toEqual(['0']); // the teacher's own, beside which the run's counts
});
