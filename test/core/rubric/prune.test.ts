import { describe, expect, test } from '@jest/globals';
import { leaves, rubricNode, type RubricNode } from '../../../core/rubric/node.ts';
import { pruneToCategory, pruneToCodeDevelopment, resourcesProvided } from '../../../core/rubric/prune.ts';
import { rollUp } from '../../../core/rubric/roll-up.ts';
import { parseRubric, serialiseRubric } from '../../../core/rubric/text.ts';
import { PAPERS, paperbench } from './data.ts';

const read = (paper: string) => parseRubric(paperbench(paper, 'rubric.json'));
const inners = (node: RubricNode): RubricNode[] =>
  node.sub_tasks.length === 0 ? [] : [node, ...node.sub_tasks.flatMap(inners)];

describe.each(PAPERS)('the code-development-only rubric of %s', (paper) => {
  const full = read(paper);
  const pruned = pruneToCodeDevelopment(full);

  test('has exactly the leaves of that category, in their order and with their weights', () => {
    const expected = leaves(full).filter((leaf) => leaf.task_category === 'Code Development');
    expect(pruned && leaves(pruned)).toEqual(expected);
  });

  test('has exactly the inner nodes that have such a leaf below them', () => {
    const kept = inners(full).filter((node) => leaves(node).some((leaf) => leaf.task_category === 'Code Development'));
    expect(pruned && inners(pruned).map(({ id }) => id)).toEqual(kept.map(({ id }) => id));
  });

  test('is scored from a full verdict', () => {
    const scores = new Map(leaves(full).map((leaf) => [leaf.id, leaf.task_category === 'Code Development' ? 1 : 0]));
    expect(pruned && rollUp(pruned, scores)).toBeCloseTo(1, 12);
  });
});

test('a rubric without a leaf of the category has no pruned form', () => {
  const leaf = { id: 'l', requirements: 'l', weight: 1, sub_tasks: [], task_category: 'Code Execution' };
  const rubric = rubricNode({ id: 'r', requirements: 'r', weight: 1, sub_tasks: [leaf] });
  expect(pruneToCodeDevelopment(rubric)).toBeNull();
  expect(pruneToCategory(rubric, 'Code Execution')).toEqual(rubric);
});

test('with resources provided, leaves that ask for data sets and models weigh nothing, and nothing else changes', () => {
  const full = read('semantic-self-consistency');
  const provided = resourcesProvided(full);
  const acquired = leaves(full).filter((leaf) => leaf.finegrained_task_category === 'Dataset and Model Acquisition');
  expect(acquired).toHaveLength(3);
  const expected = leaves(full).map((leaf) => (acquired.includes(leaf) ? { ...leaf, weight: 0 } : leaf));
  expect(leaves(provided)).toEqual(expected);
  expect(inners(provided).map(({ id, weight }) => [id, weight])).toEqual(
    inners(full).map(({ id, weight }) => [id, weight]),
  );
});

test('pruning leaves the rubric that it was given as it was', () => {
  const full = read('self-expansion');
  const before = serialiseRubric(full);
  pruneToCodeDevelopment(full);
  resourcesProvided(full);
  expect(serialiseRubric(full)).toBe(before);
});
