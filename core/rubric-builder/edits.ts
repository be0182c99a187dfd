import {
  changeNode,
  findNode,
  nodesOf,
  parentPath,
  withChildren,
  type Draft,
  type DraftNode,
  type LeftOut,
  type Proposed,
} from './draft.ts';

/** A change to a rubric, as a model that mends it answers. */
export type Edit =
  | { op: 'replace'; path: string; node: Proposed }
  | { op: 'remove'; path: string; reason: string }
  | { op: 'add'; path: string; node: Proposed }
  | { op: 'split'; path: string; nodes: Proposed[] };

/** What became of the edits: the draft with those that could be made, and those that could not, with the reason. */
export interface Edited {
  draft: Draft;
  refused: { edit: Edit; why: string }[];
}

/** Makes the edits one after the other. One that names a node that is not there, or would leave nothing, is refused alone. */
export function applyEdits(draft: Draft, edits: readonly Edit[], leftOut: readonly LeftOut[] = []): Edited {
  const refused: Edited['refused'] = [];
  let { root } = draft;
  for (const edit of edits) {
    const why = objection(root, edit);
    if (why !== undefined) refused.push({ edit, why });
    else root = apply(root, edit);
  }
  return { draft: { root, leftOut: [...draft.leftOut, ...leftOut] }, refused };
}

function objection(root: DraftNode, edit: Edit): string | undefined {
  const node = findNode(root, edit.path);
  if (!node) return `there is no node ${edit.path}`;
  if (edit.op === 'add') return node.category === null ? undefined : `${edit.path} is a leaf: split it instead`;
  if (edit.path === '') return 'the root stays as it is';
  if (edit.op === 'split') {
    if (node.category === null) return `${edit.path} is no leaf: add to it instead`;
    return edit.nodes.length < 2 ? 'a split needs at least two nodes' : undefined;
  }
  if (edit.op === 'replace' && node.children.length > 0 && edit.node.category !== null) {
    return `${edit.path} has children: it cannot become a leaf`;
  }
  return undefined;
}

function apply(root: DraftNode, edit: Edit): DraftNode {
  switch (edit.op) {
    case 'add':
      return changeNode(root, edit.path, (node) => withChildren(node, [edit.node]));
    case 'remove':
      return removeNode(root, edit.path);
    case 'replace':
      return changeNode(root, edit.path, (node) => ({ ...node, ...replaced(node, edit.node) }));
    case 'split':
      return splitLeaf(root, edit);
  }
}

const replaced = (node: DraftNode, { requirements, category, finegrained, evidence, weight }: Proposed) => ({
  requirements: requirements.trim(),
  category,
  finegrained,
  evidence,
  weight: weight ?? node.weight,
});

/** Takes a node away, and every parent that is left without children by it. */
export function removeNode(root: DraftNode, path: string): DraftNode {
  const above = parentPath(path);
  const without = changeNode(root, above, (node) => ({
    ...node,
    children: node.children.filter((child) => child.path !== path),
  }));
  const isEmpty = findNode(without, above)?.children.length === 0;
  return isEmpty && above !== '' ? removeNode(without, above) : without;
}

/** A leaf becomes several, which together weigh what it weighed: its place becomes a node of them. */
function splitLeaf(root: DraftNode, { path, nodes }: Extract<Edit, { op: 'split' }>): DraftNode {
  return changeNode(root, path, (leaf) => withChildren({ ...leaf, evidence: [] }, nodes));
}

/** The draft with weights set; paths that are not there are not looked at. */
export function setWeights(draft: Draft, weights: readonly { path: string; weight: number }[]): Draft {
  const byPath = new Map(weights.map(({ path, weight }) => [path, weight]));
  const weigh = (node: DraftNode): DraftNode => ({
    ...node,
    weight: byPath.get(node.path) ?? node.weight,
    children: node.children.map(weigh),
  });
  return { ...draft, root: weigh(draft.root) };
}

/** The draft with children put below nodes that were open; what was answered for other nodes is not looked at. */
export function expandNodes(draft: Draft, answered: readonly { path: string; children: Proposed[] }[]): Draft {
  const open = new Set(
    nodesOf(draft.root)
      .filter(({ category, children }) => category === null && children.length === 0)
      .map(({ path }) => path),
  );
  const root = answered
    .filter(({ path, children }) => open.delete(path) && children.length > 0)
    .reduce((tree, { path, children }) => changeNode(tree, path, (node) => withChildren(node, children)), draft.root);
  return { ...draft, root };
}
