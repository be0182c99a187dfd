import { FINEGRAINED_CATEGORIES, type FinegrainedCategory, type TaskCategory } from '../rubric/node.ts';

/** What a leaf may ask for; PaperBench's `Subtree` is a mark of its judge, not of a rubric. */
export const LEAF_CATEGORIES = [
  'Code Development',
  'Code Execution',
  'Result Analysis',
] as const satisfies TaskCategory[];
export type LeafCategory = (typeof LEAF_CATEGORIES)[number];
export { FINEGRAINED_CATEGORIES };

/** A span that a node rests on, in the words of the paper or of the official code. */
export interface Evidence {
  source: 'paper' | 'code';
  /** Of code: its path in the repository. */
  file?: string | null | undefined;
  quote: string;
}

/** A node of a rubric in the making. A leaf has a category; a node without one and without children is still open. */
export interface DraftNode {
  /** `1.3.2`: the second child of the third child of the first; never given to another node. The root's is empty. */
  readonly path: string;
  readonly requirements: string;
  readonly category: LeafCategory | null;
  readonly finegrained: FinegrainedCategory | null;
  /** Among its siblings. */
  readonly weight: number;
  readonly evidence: readonly Evidence[];
  readonly children: readonly DraftNode[];
  /** Numbers that its children have had, those that were removed among them. */
  readonly given: number;
}

/** A node as a model proposes it. */
export interface Proposed {
  requirements: string;
  category: LeafCategory | null;
  finegrained: FinegrainedCategory | null;
  evidence: Evidence[];
  weight?: number | undefined;
}

/** Tables, figures and algorithms that a rubric leaves out on purpose. */
export interface LeftOut {
  item: string;
  reason: string;
}

export interface Draft {
  readonly root: DraftNode;
  readonly leftOut: readonly LeftOut[];
}

const nothing = { category: null, finegrained: null, weight: 1, evidence: [], children: [], given: 0 };

export const emptyDraft = (): Draft => ({
  root: { ...nothing, path: '', requirements: '' },
  leftOut: [],
});

export const depthOf = (path: string): number => (path === '' ? 0 : path.split('.').length);

/** The node and everything below it, parents before their children. */
export const nodesOf = (node: DraftNode): DraftNode[] => [node, ...node.children.flatMap(nodesOf)];

export const isLeafOf = (node: DraftNode): boolean => node.category !== null;

export const leavesOf = (node: DraftNode): DraftNode[] => nodesOf(node).filter(isLeafOf);

/** Nodes that ask for children and have none yet. */
export const openNodes = (node: DraftNode): DraftNode[] =>
  nodesOf(node).filter(({ category, children }) => category === null && children.length === 0);

/** The draft with one node changed; the same draft where there is no such node. */
export function changeNode(node: DraftNode, path: string, change: (node: DraftNode) => DraftNode): DraftNode {
  if (node.path === path) return change(node);
  if (!(node.path === '' || path.startsWith(`${node.path}.`))) return node;
  return { ...node, children: node.children.map((child) => changeNode(child, path, change)) };
}

export const findNode = (node: DraftNode, path: string): DraftNode | undefined =>
  nodesOf(node).find((candidate) => candidate.path === path);

export const parentPath = (path: string): string => path.split('.').slice(0, -1).join('.');

/** A node with these children appended, each under the next number that no child of it has had. */
export function withChildren(node: DraftNode, proposed: readonly Proposed[]): DraftNode {
  const children = proposed.map((one, index) => proposedNode(childPath(node.path, node.given + index + 1), one));
  const given = node.given + children.length;
  return { ...node, category: null, finegrained: null, children: [...node.children, ...children], given };
}

const childPath = (path: string, number: number): string => (path === '' ? String(number) : `${path}.${number}`);

const proposedNode = (
  path: string,
  { requirements, category, finegrained, evidence, weight }: Proposed,
): DraftNode => ({
  path,
  requirements: requirements.trim(),
  category,
  finegrained: category === null ? null : finegrained,
  weight: weight ?? 1,
  evidence,
  children: [],
  given: 0,
});
