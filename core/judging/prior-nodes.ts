import type { RubricNode } from '../rubric/node.ts';

/** A leaf and the requirements that stand before it. */
export interface LeafInPlace {
  leaf: RubricNode;
  /** On the way from the root: each node above it and, before each of them and before it, its earlier siblings. */
  readonly prior: string[];
}

/** Every leaf with what is read before it; with `most`, only the nearest so many. */
export function leavesInPlace(root: RubricNode, most = Infinity): LeafInPlace[] {
  return walk(root, [], most);
}

function walk(node: RubricNode, before: readonly string[], most: number): LeafInPlace[] {
  if (node.sub_tasks.length === 0) return [placed(node, before, most)];
  const seen = [...before, node.requirements];
  return node.sub_tasks.flatMap((child) => {
    const found = walk(child, seen, most);
    seen.push(child.requirements);
    return found;
  });
}

/** What stands before a leaf is cut out when it is asked for: the list goes on growing behind it. */
function placed(leaf: RubricNode, before: readonly string[], most: number): LeafInPlace {
  const count = before.length;
  return {
    leaf,
    get prior() {
      return before.slice(Math.max(0, count - most), count);
    },
  };
}
