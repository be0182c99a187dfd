import type { RubricNode } from '../rubric/node.ts';

/** A leaf and the requirements that stand before it. */
export interface LeafInPlace {
  leaf: RubricNode;
  /** On the way from the root: each node above it and, before each of them and before it, its earlier siblings. */
  prior: string[];
}

/** Every leaf with what is read before it; with `most`, only the nearest so many. */
export function leavesInPlace(root: RubricNode, most = Infinity): LeafInPlace[] {
  return walk(root, [], most);
}

function walk(node: RubricNode, before: readonly string[], most: number): LeafInPlace[] {
  if (node.sub_tasks.length === 0) return [{ leaf: node, prior: most === 0 ? [] : before.slice(-most) }];
  const seen = [...before, node.requirements];
  return node.sub_tasks.flatMap((child) => {
    const found = walk(child, seen, most);
    seen.push(child.requirements);
    return found;
  });
}
