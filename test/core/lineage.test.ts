import { expect, test } from '@jest/globals';
import { lineageText, lineageTree, type LineageGraph, type LineageNode } from '../../core/lineage.ts';

/** A graph of `made < of` lines; what a name begins with is its kind. */
function graph(...lines: string[]): LineageGraph {
  const edges = lines.map((line) => {
    const [made = '', of = ''] = line.split(' < ');
    return { made, of };
  });
  const ids = new Set(edges.flatMap(({ made, of }) => [made, of]));
  const nodes = [...ids].map((id): [string, LineageNode] => [
    id,
    { id, kind: id.split(':')[0] as LineageNode['kind'], facts: {} },
  ]);
  return { nodes: new Map(nodes), edges };
}

const rollouts = Array.from({ length: 30 }, (_, member) => `rollout:${member}`);

test('a tree has everything, unless it is told how many of a kind are enough', () => {
  const batch = graph(...rollouts.map((rollout) => `dataset:d < ${rollout}`));
  expect(lineageTree(batch, 'dataset:d', { direction: 'up' }).children.map(({ id }) => id)).toEqual(rollouts);
  expect(lineageTree(batch, 'dataset:d', { direction: 'up' })).not.toHaveProperty('more');
  const cut = lineageTree(batch, 'dataset:d', { direction: 'up', most: 8 });
  expect([cut.children.length, cut.more]).toEqual([8, { rollout: 22 }]);
});

test('many of one kind do not hide the others', () => {
  const played = rollouts.slice(0, 9).map((rollout) => `${rollout} < checkpoint:c`);
  const both = graph(...played, 'checkpoint:next < checkpoint:c');
  expect(lineageText(lineageTree(both, 'checkpoint:c', { direction: 'down', most: 2 }))).toEqual([
    'checkpoint c',
    '  rollout 0',
    '  rollout 1',
    '  … and 7 more rollouts',
    '  checkpoint next',
  ]);
});

test('what occurs twice is unfolded where it is least deep, and marked where it is not', () => {
  const steps = graph(
    'checkpoint:2 < dataset:2',
    'checkpoint:2 < checkpoint:1',
    'dataset:2 < rollout:a',
    'rollout:a < checkpoint:1',
    'checkpoint:1 < checkpoint:0',
  );
  const tree = lineageTree(steps, 'checkpoint:2', { direction: 'up' });
  expect(lineageText(tree)).toEqual([
    'checkpoint 2',
    '  dataset 2',
    '    rollout a',
    '      checkpoint 1 …',
    '  checkpoint 1',
    '    checkpoint 0',
  ]);
  expect(tree.children[0]?.children[0]?.children).toEqual([
    { ...steps.nodes.get('checkpoint:1'), again: true, children: [] },
  ]);
});

test('what has nothing behind it is not marked, however often it occurs', () => {
  const twice = graph('dataset:d < rollout:a', 'dataset:d < rollout:b', 'rollout:a < task:t', 'rollout:b < task:t');
  expect(
    lineageText(lineageTree(twice, 'dataset:d', { direction: 'up' })).filter((line) => line.includes('task')),
  ).toEqual(['    task t', '    task t']);
});

test('what was named but never made is left out', () => {
  const { nodes, edges } = graph('rollout:a < task:t');
  const named = { nodes, edges: [...edges, { made: 'rollout:a', of: 'checkpoint:teacher' }] };
  expect(lineageTree(named, 'rollout:a', { direction: 'up' }).children.map(({ id }) => id)).toEqual(['task:t']);
});

test('the edges are looked through once, however many nodes there are', () => {
  const batch = graph(...rollouts.map((rollout) => `dataset:d < ${rollout}`));
  let looks = 0;
  const counted: LineageGraph = {
    nodes: batch.nodes,
    get edges() {
      looks += 1;
      return batch.edges;
    },
  };
  expect(lineageTree(counted, 'dataset:d', { direction: 'up' }).children).toHaveLength(30);
  expect(looks).toBe(1);
});
