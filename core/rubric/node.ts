/** What a leaf asks for, in PaperBench's words; `Subtree` is its mark for a whole subtree graded in one call. */
export const TASK_CATEGORIES = ['Code Development', 'Code Execution', 'Result Analysis', 'Subtree'] as const;
export type TaskCategory = (typeof TASK_CATEGORIES)[number];

export const FINEGRAINED_CATEGORIES = [
  'Environment & Infrastructure Setup',
  'Dataset and Model Acquisition',
  'Data Processing & Preparation',
  'Method Implementation',
  'Experimental Setup',
  'Evaluation, Metrics & Benchmarking',
  'Logging, Analysis & Presentation',
] as const;
export type FinegrainedCategory = (typeof FINEGRAINED_CATEGORIES)[number];

/** A node of PaperBench's rubric tree, frozen. Made by `rubricNode` only, so that every tree in hand is a valid one. */
export interface RubricNode {
  readonly id: string;
  readonly requirements: string;
  readonly weight: number;
  readonly sub_tasks: readonly RubricNode[];
  /** A leaf has one, an inner node has none. */
  readonly task_category?: TaskCategory | null;
  readonly finegrained_task_category?: FinegrainedCategory | null;
}

/** A rubric that breaks PaperBench's rules; the message names the node by its path and id. */
export class RubricError extends Error {
  override readonly name = 'RubricError';
}

/**
 * The constructor of every node: validates the fields and the children below them, and freezes all. Fields that it does not
 * know (those of a graded tree, a later PaperBench's) are kept as they are, in their order, so that nothing is lost in a round trip.
 * Throws `RubricError`.
 */
export function rubricNode(input: unknown): RubricNode {
  const node = build(input, 'root');
  const paths = new Map<string, string>();
  refuseRepeatedIds(node, { path: 'root', paths });
  return node;
}

export const isLeaf = (node: RubricNode): boolean => node.sub_tasks.length === 0;

/** All leaves, depth first, as they stand in the file. */
export function leaves(node: RubricNode): RubricNode[] {
  return isLeaf(node) ? [node] : node.sub_tasks.flatMap(leaves);
}

function build(input: unknown, path: string): RubricNode {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new RubricError(`${path}: a node must be an object (got ${show(input)})`);
  }
  const fields = input as Record<string, unknown>;
  const problem = problemOf(fields);
  if (problem)
    throw new RubricError(`${path}${typeof fields['id'] === 'string' ? ` (${fields['id']})` : ''}: ${problem}`);
  const children = (fields['sub_tasks'] as unknown[]).map((child, index) =>
    build(child, `${path}.sub_tasks[${index}]`),
  );
  return Object.freeze({ ...fields, sub_tasks: Object.freeze(children) }) as unknown as RubricNode;
}

/** What is wrong with a node's own fields, or nothing. */
function problemOf(fields: Record<string, unknown>): string | undefined {
  const { id, requirements, weight, sub_tasks: children } = fields;
  const category = fields['task_category'] ?? null;
  const finegrained = fields['finegrained_task_category'] ?? null;
  if (typeof id !== 'string' || id === '') return `id must be a text (got ${show(id)})`;
  if (typeof requirements !== 'string') return `requirements must be a text (got ${show(requirements)})`;
  if (typeof weight !== 'number' || !Number.isFinite(weight)) return `weight must be a number (got ${show(weight)})`;
  if (weight < 0) return `weight must not be negative (got ${weight})`;
  if (!Array.isArray(children)) return `sub_tasks must be a list (got ${show(children)})`;
  if (category !== null && !TASK_CATEGORIES.includes(category as TaskCategory)) {
    return `task_category must be one of ${TASK_CATEGORIES.join(', ')} (got ${show(category)})`;
  }
  if (finegrained !== null && !FINEGRAINED_CATEGORIES.includes(finegrained as FinegrainedCategory)) {
    return `finegrained_task_category is none of PaperBench's (got ${show(finegrained)})`;
  }
  if (children.length === 0 && category === null) return 'a leaf must have a task_category';
  if (children.length > 0 && category !== null)
    return `an inner node must not have a task_category (got ${show(category)})`;
  return undefined;
}

/** Scores are given by id, so an id that occurs twice would grade two leaves at once. */
function refuseRepeatedIds(node: RubricNode, seen: { path: string; paths: Map<string, string> }): void {
  const earlier = seen.paths.get(node.id);
  if (earlier) throw new RubricError(`${seen.path} (${node.id}): the id is already that of ${earlier}`);
  seen.paths.set(node.id, seen.path);
  node.sub_tasks.forEach((child, index) => {
    refuseRepeatedIds(child, { path: `${seen.path}.sub_tasks[${index}]`, paths: seen.paths });
  });
}

const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60));
