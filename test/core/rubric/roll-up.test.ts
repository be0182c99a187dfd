import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { gradedScores, parseGraded } from '../../../core/rubric/graded.ts';
import { leaves, rubricNode, type RubricNode } from '../../../core/rubric/node.ts';
import { categoryMeans, rollUp } from '../../../core/rubric/roll-up.ts';
import { parseRubric } from '../../../core/rubric/text.ts';
import { PAPERS, paperbench } from './data.ts';

const leaf = (id: string, weight: number, task_category = 'Code Development') => ({
  id,
  requirements: id,
  weight,
  sub_tasks: [],
  task_category,
});
const inner = (id: string, weight: number, ...sub_tasks: unknown[]) => ({ id, requirements: id, weight, sub_tasks });
const scores = (given: Record<string, number>) => new Map(Object.entries(given));

test('the root score of the human-graded tree follows from its leaves to 1e-9', () => {
  const graded = parseGraded(paperbench('semantic-self-consistency', 'graded.json'));
  expect(graded.score).toBeCloseTo(0.91, 9);
  expect(Math.abs(rollUp(graded, gradedScores(graded)) - graded.score)).toBeLessThan(1e-9);
});

test('so does the score of every inner node of it', () => {
  const graded = parseGraded(paperbench('semantic-self-consistency', 'graded.json'));
  const check = (node: typeof graded): number => {
    expect(Math.abs(rollUp(node, gradedScores(graded)) - node.score)).toBeLessThan(1e-9);
    return node.sub_tasks.reduce((sum, child) => sum + check(child), 1);
  };
  expect(check(graded)).toBe(102);
});

describe('the roll-up', () => {
  test('is the mean of the children by weight, level by level', () => {
    const rubric = rubricNode(inner('r', 1, inner('a', 3, leaf('a1', 3), leaf('a2', 1)), leaf('b', 1)));
    // a = (3·1 + 1·0) / 4 = .75; root = (3·.75 + 1·1) / 4 = .8125
    expect(rollUp(rubric, scores({ a1: 1, a2: 0, b: 1 }))).toBe(0.8125);
  });

  test('is 0 where the weights of the children sum to 0', () => {
    expect(rollUp(rubricNode(inner('r', 1, leaf('a', 0), leaf('b', 0))), scores({ a: 1, b: 1 }))).toBe(0);
  });

  test('does not look at the weight of the root', () => {
    expect(rollUp(rubricNode(inner('r', 0, leaf('a', 2))), scores({ a: 1 }))).toBe(1);
  });

  test('refuses a leaf without a score: nobody graded it', () => {
    const rubric = rubricNode(inner('r', 1, leaf('a', 1), leaf('b', 0)));
    expect(() => rollUp(rubric, scores({ a: 1 }))).toThrow('leaf b (b) has no score');
  });

  test('refuses a score that is not from 0 to 1', () => {
    const rubric = rubricNode(leaf('a', 1));
    for (const score of [-0.1, 1.1, NaN]) expect(() => rollUp(rubric, scores({ a: score }))).toThrow('not from 0 to 1');
  });

  test('of real rubrics is 1 for all leaves, 0 for none, and never falls when a leaf is gained', () => {
    for (const paper of PAPERS) {
      const rubric = parseRubric(paperbench(paper, 'rubric.json'));
      const ids = leaves(rubric).map(({ id }) => id);
      const all = (score: number) => new Map(ids.map((id) => [id, score]));
      expect(rollUp(rubric, all(1))).toBeCloseTo(1, 12);
      expect(rollUp(rubric, all(0))).toBe(0);
      fc.assert(
        fc.property(fc.subarray(ids), fc.constantFrom(...ids), (done, gained) => {
          const before = new Map([...all(0), ...done.map((id) => [id, 1] as const)]);
          expect(rollUp(rubric, new Map(before).set(gained, 1))).toBeGreaterThanOrEqual(rollUp(rubric, before));
        }),
        { numRuns: 20 },
      );
    }
  });
});

test('the mean of a category is the score of the rubric pruned to it, null where there is none', () => {
  const rubric: RubricNode = rubricNode(
    inner('r', 1, inner('a', 1, leaf('a1', 3), leaf('a2', 1, 'Code Execution')), leaf('b', 3)),
  );
  // Code Development: (1·1 + 3·0) / 4
  expect(categoryMeans(rubric, scores({ a1: 1, a2: 1, b: 0 }))).toEqual({
    'Code Development': 0.25,
    'Code Execution': 1,
    'Result Analysis': null,
  });
});
