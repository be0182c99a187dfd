import type { RubricNode } from '../rubric/node.ts';

/** A leaf and the requirements that stand before it. */
export interface LeafInPlace {
  leaf: RubricNode;
  /** On the way from the root: each node above it and, before each of them and before it, its earlier siblings. */
  readonly prior: Prior;
}

/** A part of a list that siblings share, and that goes on growing behind it: of thousands of leaves none copies it. */
export interface Prior {
  readonly list: readonly string[];
  readonly from: number;
  readonly to: number;
}

/** Every leaf with what is read before it; with `most`, only the nearest so many. */
export function leavesInPlace(root: RubricNode, most = Infinity): LeafInPlace[] {
  const found: LeafInPlace[] = [];
  walk(root, [], { most, found });
  return found;
}

function walk(node: RubricNode, list: readonly string[], into: { most: number; found: LeafInPlace[] }): void {
  if (node.sub_tasks.length === 0) {
    const to = list.length;
    into.found.push({ leaf: node, prior: { list, from: Math.max(0, to - into.most), to } });
    return;
  }
  const seen = [...list, node.requirements];
  for (const child of node.sub_tasks) {
    walk(child, seen, into);
    seen.push(child.requirements);
  }
}
