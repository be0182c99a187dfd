/** One thing that a run made or started from, as its manifests name it. */
export interface LineageNode {
  /** `checkpoint:sft`, `rollout:run.distill.0.task.0`, … */
  id: string;
  kind: 'paper' | 'task' | 'rollout' | 'verdict' | 'dataset' | 'checkpoint' | 'stage';
  /** What a reader wants to know of it besides its name. */
  facts: Record<string, string | number>;
}

/** What was made from what. */
export interface LineageGraph {
  nodes: ReadonlyMap<string, LineageNode>;
  /** From what was made to what it was made of. */
  edges: readonly { made: string; of: string }[];
}

/** A node and what it came from, or what came of it. Of a group that is large only some are shown, with how many there are. */
export interface LineageTree extends LineageNode {
  more: number;
  children: LineageTree[];
}

const SHOWN = 8;

/** One direction of a node's lineage; a node that was shown before is not unfolded again. */
export function lineageTree(graph: LineageGraph, id: string, direction: 'up' | 'down'): LineageTree {
  const seen = new Set<string>();
  const unfold = (at: string): LineageTree => {
    const node = graph.nodes.get(at);
    if (!node) throw new Error(`${at} is not in the graph`);
    const next = seen.has(at) ? [] : neighbours(graph, at, direction);
    seen.add(at);
    const shown = next.slice(0, SHOWN);
    return { ...node, more: next.length - shown.length, children: shown.map(unfold) };
  };
  return unfold(id);
}

function neighbours({ edges, nodes }: LineageGraph, id: string, direction: 'up' | 'down'): string[] {
  const found = edges.flatMap(({ made, of }) => {
    if (direction === 'up') return made === id ? [of] : [];
    return of === id ? [made] : [];
  });
  return [...new Set(found)].filter((name) => nodes.has(name));
}

/** A tree for a person, a line each. */
export function lineageText(tree: LineageTree, indent = ''): string[] {
  const facts = Object.entries(tree.facts).map(([name, value]) => `${name} ${value}`);
  const line = `${indent}${tree.kind} ${tree.id.slice(tree.kind.length + 1)}${facts.length > 0 ? `  (${facts.join(', ')})` : ''}`;
  const more = tree.more > 0 ? [`${indent}  … and ${tree.more} more`] : [];
  return [line, ...tree.children.flatMap((child) => lineageText(child, `${indent}  `)), ...more];
}
