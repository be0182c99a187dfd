import { describe, expect, test } from '@jest/globals';
import { isLeaf, leaves, rubricNode, RubricError, type RubricNode } from '../../../core/rubric/node.ts';
import { parseRubric } from '../../../core/rubric/text.ts';
import { PAPERS, paperbench } from './data.ts';

const leaf = { id: 'l', requirements: 'it works', weight: 1, sub_tasks: [], task_category: 'Code Development' };
const inner = (...children: unknown[]) => ({ id: 'r', requirements: 'all works', weight: 1, sub_tasks: children });

describe('the three development rubrics of PaperBench', () => {
  test.each([
    ['semantic-self-consistency', 100, 77],
    ['self-expansion', 363, 253],
    ['self-composing-policies', 357, 275],
  ] as const)('%s is read: %i nodes, %i leaves', (paper, nodes, graded) => {
    const rubric = parseRubric(paperbench(paper, 'rubric.json'));
    const count = (node: RubricNode): number => node.sub_tasks.reduce((sum, child) => sum + count(child), 1);
    expect([count(rubric), leaves(rubric).length]).toEqual([nodes, graded]);
    expect(leaves(rubric).every(isLeaf)).toBe(true);
  });

  test('are as many as there are papers in the split', () => expect(PAPERS).toHaveLength(3));
});

const BROKEN: [string, unknown, string][] = [
  ['without an id', { ...leaf, id: undefined }, 'root.sub_tasks[1]: id must be a text (got nothing)'],
  ['without requirements', { ...leaf, requirements: 3 }, 'root.sub_tasks[1] (l): requirements must be a text (got 3)'],
  [
    'with a weight that is no number',
    { ...leaf, weight: '1' },
    'root.sub_tasks[1] (l): weight must be a number (got "1")',
  ],
  ['with a weight without end', { ...leaf, weight: Infinity }, 'root.sub_tasks[1] (l): weight must be a number'],
  ['with a negative weight', { ...leaf, weight: -1 }, 'root.sub_tasks[1] (l): weight must not be negative (got -1)'],
  [
    'without sub_tasks',
    { ...leaf, sub_tasks: undefined },
    'root.sub_tasks[1] (l): sub_tasks must be a list (got nothing)',
  ],
  [
    'with a leaf of no category',
    { ...leaf, task_category: null },
    'root.sub_tasks[1] (l): a leaf must have a task_category',
  ],
  ['with an empty category', { ...leaf, task_category: '' }, 'root.sub_tasks[1] (l): task_category must be one of'],
  [
    'with an unknown category',
    { ...leaf, task_category: 'Vibes' },
    'root.sub_tasks[1] (l): task_category must be one of',
  ],
  [
    'with an unknown fine category',
    { ...leaf, finegrained_task_category: 'X' },
    '(l): finegrained_task_category is none',
  ],
  [
    'with an inner node that has a category',
    { ...inner(leaf), task_category: 'Code Execution' },
    'root.sub_tasks[1] (r): an inner',
  ],
  ['with a node that is no object', 'leaf', 'root.sub_tasks[1]: a node must be an object (got "leaf")'],
  [
    'with an id twice',
    { ...leaf, id: 'first' },
    'root.sub_tasks[1] (first): the id is already that of root.sub_tasks[0]',
  ],
];

describe('a rubric is refused, naming the path and the id of the node,', () => {
  test.each(BROKEN)('%s', (_what, child, message) => {
    const build = () => rubricNode({ ...inner({ ...leaf, id: 'first' }, child), id: 'top' });
    expect(build).toThrow(RubricError);
    expect(build).toThrow(message);
  });

  test('deep below', () => {
    const broken = { ...inner({ ...inner({ ...leaf, weight: -2 }), id: 'mid' }), id: 'top' };
    expect(() => rubricNode(broken)).toThrow(
      'root.sub_tasks[0].sub_tasks[0] (l): weight must not be negative (got -2)',
    );
  });

  test('at the root', () => expect(() => rubricNode([])).toThrow('root: a node must be an object (got [])'));
});

test('a rubric cannot be changed, nor does it change what it was made from', () => {
  const given = inner({ ...leaf });
  const rubric = rubricNode(given);
  expect(() => Object.assign(rubric, { weight: 2 })).toThrow(TypeError);
  expect(() => (rubric.sub_tasks as RubricNode[]).pop()).toThrow(TypeError);
  expect(() => Object.assign(rubric.sub_tasks[0] ?? {}, { weight: 2 })).toThrow(TypeError);
  expect(Object.isFrozen(given)).toBe(false);
});
