/** One thing that a run made or started from, as its manifests name it. */
export interface LineageNode {
  /** `checkpoint:sft`, `rollout:run.distill.0.task.0`, … */
  id: string;
  kind: LineageKind;
  /** What a reader wants to know of it besides its name. */
  facts: Record<string, string | number>;
}

export type LineageKind = 'paper' | 'task' | 'rollout' | 'verdict' | 'dataset' | 'checkpoint';

/** What was made from what. */
export interface LineageGraph {
  nodes: ReadonlyMap<string, LineageNode>;
  /** From what was made to what it was made of. */
  edges: readonly { made: string; of: string }[];
}

/** A node and what it came from, or what came of it. */
export interface LineageTree extends LineageNode {
  children: LineageTree[];
  /** How many children of a kind are not shown. */
  more?: Partial<Record<LineageKind, number>>;
  /** There is more behind it, which is unfolded elsewhere in the tree. */
  again?: true;
}

/** How many of a kind a person wants to see of one node. */
export const SHOWN = 8;

/** To what a thing was made of, or to what came of it; at most so many children of a kind, or all. */
export interface Look {
  direction: 'up' | 'down';
  most?: number;
}

/**
 * One direction of a node's lineage. A node that occurs more than once is unfolded where it is least deep: a chain of checkpoints
 * is then as deep as it has links, not as deep as its rollouts' own histories.
 */
export function lineageTree(graph: LineageGraph, id: string, { direction, most = Infinity }: Look): LineageTree {
  const next = neighboursIn(graph, direction);
  const root = leafOf(graph, id);
  const seen = new Set([id]);
  const waiting = [root];
  for (const tree of waiting) {
    const { shown, more } = cut(graph, next.get(tree.id) ?? new Set(), most);
    if (more) tree.more = more;
    for (const name of shown) {
      const child = leafOf(graph, name);
      tree.children.push(child);
      if (!seen.has(name)) waiting.push(child);
      else if (next.has(name)) child.again = true;
      seen.add(name);
    }
  }
  return root;
}

function leafOf({ nodes }: LineageGraph, id: string): LineageTree {
  const node = nodes.get(id);
  if (!node) throw new Error(`${id} is not in the graph`);
  return { ...node, children: [] };
}

/** Read off the edges once: a run has many thousands. What is named but was never made is left out. */
function neighboursIn({ nodes, edges }: LineageGraph, direction: Look['direction']): Map<string, Set<string>> {
  const next = new Map<string, Set<string>>();
  for (const { made, of } of edges) {
    const [from, to] = direction === 'up' ? [made, of] : [of, made];
    if (!nodes.has(from) || !nodes.has(to)) continue;
    const known = next.get(from);
    if (known) known.add(to);
    else next.set(from, new Set([to]));
  }
  return next;
}

interface Cut {
  shown: string[];
  more: LineageTree['more'];
}

/** The first of each kind, so that many of one do not hide the others, and how many there are besides. */
function cut({ nodes }: LineageGraph, found: ReadonlySet<string>, most: number): Cut {
  const byKind = new Map<LineageKind, string[]>();
  for (const id of found) {
    const { kind } = nodes.get(id) as LineageNode;
    const known = byKind.get(kind);
    if (known) known.push(id);
    else byKind.set(kind, [id]);
  }
  const rest = [...byKind].flatMap(([kind, ids]) => (ids.length > most ? [[kind, ids.length - most] as const] : []));
  return {
    shown: [...byKind.values()].flatMap((ids) => ids.slice(0, most)),
    more: rest.length > 0 ? Object.fromEntries(rest) : undefined,
  };
}

/** A tree for a person, a line each; what ends in `…` is unfolded elsewhere in it. */
export function lineageText(tree: LineageTree, indent = ''): string[] {
  const name = `${indent}${tree.kind} ${tree.id.slice(tree.kind.length + 1)}`;
  if (tree.again) return [`${name} …`];
  const facts = Object.entries(tree.facts).map(([fact, value]) => `${fact} ${value}`);
  const line = facts.length > 0 ? `${name}  (${facts.join(', ')})` : name;
  return [line, ...childLines(tree, `${indent}  `)];
}

function childLines({ children, more }: LineageTree, indent: string): string[] {
  const kinds = new Set(children.map(({ kind }) => kind));
  return [...kinds].flatMap((kind) => {
    const lines = children.filter((child) => child.kind === kind).flatMap((child) => lineageText(child, indent));
    const left = more?.[kind];
    return left === undefined ? lines : [...lines, `${indent}… and ${left} more ${kind}${left === 1 ? '' : 's'}`];
  });
}
