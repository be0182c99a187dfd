import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DraftNode } from '../../../core/rubric-builder/draft.ts';
import { balanceWeights, checkWeights, leafShares } from '../../../core/rubric-builder/weights.ts';
import { draftOf, inner, leaf } from './drafts.ts';

const sharesOf = (root: DraftNode) => Object.fromEntries(leafShares(balanceWeights(root)));

test('a leaf decides its weight among its siblings, of what its parent decides', () => {
  const root = draftOf(['all', ['methods', 'the encoder is built', 'the decoder works'], 'a table is shown']);
  expect(Object.fromEntries(leafShares(root))).toEqual({ '1.1': 0.25, '1.2': 0.25, '2': 0.5 });
});

test('siblings that are one requirement, split, share the weight of one', () => {
  const root = draftOf([
    'all',
    'The model is trained with random seed 1',
    'The model is trained with random seed 2',
    'The model is trained with random seed 3',
    'Accuracy on the held-out documents is reported',
  ]);
  const shares = sharesOf(root);
  expect(shares['4']).toBeCloseTo(0.5);
  expect(shares['1']).toBeCloseTo(1 / 6);
  expect(checkWeights(root, 0.9).figures['moved']).toBeCloseTo(0.25);
});

test('siblings that differ keep their weights', () => {
  const root = draftOf([
    'all',
    'The encoder has twelve layers',
    'Documents are split into sentences',
    'Accuracy beats the baseline',
  ]);
  expect(balanceWeights(root)).toEqual(root);
});

/** Requirements that have no word in common. */
const TOPICS = [
  'The encoder has layers',
  'Documents are tokenised',
  'Accuracy beats chance',
  'Gradients get clipped',
  'Checkpoints stay small',
];

test('splitting a branch gains it nothing, however often it is split and whatever it weighs', () => {
  const topics = fc.shuffledSubarray(TOPICS, { minLength: 2 });
  fc.assert(
    fc.property(
      topics,
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 5, maxLength: 5 }),
      fc.integer({ min: 2, max: 12 }),
      (texts, weights, times) => {
        const children = texts.map((text, index) => ({
          ...leaf(String(index + 1), text),
          weight: weights[index] ?? 1,
        }));
        const [first, ...others] = children;
        if (!first) throw new Error('no child');
        const copies = Array.from({ length: times }, (_, copy) => ({
          ...first,
          path: `${10 + copy}`,
          requirements: `${first.requirements} in case ${copy}`,
        }));
        const before = sharesOf(inner('', 'all', children));
        const after = sharesOf(inner('', 'all', [...copies, ...others]));
        const together = copies.reduce((sum, { path }) => sum + (after[path] ?? 0), 0);
        expect(together).toBeCloseTo(before['1'] ?? 0, 4);
        for (const { path } of others) expect(after[path]).toBeCloseTo(before[path] ?? 0, 4);
      },
    ),
    { numRuns: 200 },
  );
});

test('a leaf that decides too much alone is found, and one that weighs nothing', () => {
  const many = TOPICS.slice(0, 4).map((text, index) => leaf(`1.${index + 1}`, text));
  const root = inner('', 'all', [
    inner('1', 'methods', many),
    leaf('2', 'A table is shown'),
    { ...leaf('3', 'Plots exist'), weight: 0 },
  ]);
  expect(checkWeights(root, 0.15)).toMatchObject({
    ok: false,
    findings: [
      { path: '2', problem: 'decides 50 % of the score alone: split it or weigh it less' },
      { path: '3', problem: 'has the weight 0: it would not count' },
    ],
  });
});
