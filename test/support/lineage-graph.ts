import type { Store } from '../../activities/store.ts';
import { readLineage } from '../../cli/lineage/graph.ts';
import type { LineageGraph, LineageNode } from '../../core/lineage.ts';

/** The graph of a run that is there. */
export async function graphOf(store: Store, run = 'r'): Promise<LineageGraph> {
  const graph = await readLineage(store, run);
  if (!graph) throw new Error(`there is no run ${run}`);
  return graph;
}

/** What a thing was made of, and what came of it, a step each way. */
export const madeOf = ({ edges }: LineageGraph, id: string): string[] =>
  edges.flatMap(({ made, of }) => (made === id ? [of] : [])).toSorted();

export const cameOf = ({ edges }: LineageGraph, id: string): string[] =>
  edges.flatMap(({ made, of }) => (of === id ? [made] : [])).toSorted();

export const factsOf = ({ nodes }: LineageGraph, id: string): LineageNode['facts'] | undefined => nodes.get(id)?.facts;
