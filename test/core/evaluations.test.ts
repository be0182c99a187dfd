import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LedgerRow } from '../../core/ledger.ts';
import { recipe as recipeSchema } from '../../core/recipe.ts';
import { evaluationsOf } from '../../core/report.ts';
import { parentsOf } from '../../core/stages.ts';

const row = (task: string, score: number): LedgerRow => ({
  rollout: `r.evaluate.heldout.${task}.0`,
  stage: 'evaluate',
  step: 'heldout',
  task,
  member: 0,
  policy: 'p',
  outcome: 'scored',
  score,
  end: 'submitted',
  turns: 1,
  activeSeconds: 1,
});
const of = (policy: string, suite: string, ...scores: number[]) => ({
  policy,
  suite,
  rows: scores.map((score, index) => row(`t${index}`, score)),
});

test('a checkpoint gained over the one that it was trained from, where that was evaluated on the same suite', () => {
  const parents = new Map([
    ['sft', 'base'],
    ['rl-1h', 'sft'],
  ]);
  const found = evaluationsOf(
    [of('sft', 'heldout', 0.2, 0.4), of('rl-1h', 'heldout', 0.3, 0.7), of('rl-1h', 'train', 1)],
    parents,
  );
  expect(found.map(({ gain }) => gain?.over)).toEqual([undefined, 'sft', undefined]);
  expect(found[1]?.gain).toMatchObject({ mean: expect.closeTo(0.2), paired: true });
});

test('the parents of checkpoints are those that the recipe names; a created model has none', () => {
  const file = join(__dirname, '../../config/recipes/micro.json');
  const parents = parentsOf(recipeSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
  expect(parents.get('sft')).toBe('base');
  expect(parents.get('base')).toBe('untrained');
  expect(parents.has('untrained')).toBe(false);
});
