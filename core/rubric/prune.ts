import { isLeaf, rubricNode, type RubricNode, type TaskCategory } from './node.ts';

/** PaperBench's code-only variant: leaves of other categories go, and inner nodes that are left without children. */
export const pruneToCodeDevelopment = (rubric: RubricNode): RubricNode | null =>
  pruneToCategory(rubric, 'Code Development');

/** The rubric with the leaves of one category only; null when it has none of them. Weights stay as they are. */
export function pruneToCategory(rubric: RubricNode, category: TaskCategory): RubricNode | null {
  const kept = withLeavesOf(rubric, category);
  return kept && rubricNode(kept);
}

/** Checked as a whole, once: every node that is made checks all below it. */
function withLeavesOf(node: RubricNode, category: TaskCategory): RubricNode | null {
  if (isLeaf(node)) return node.task_category === category ? node : null;
  const kept = node.sub_tasks.map((child) => withLeavesOf(child, category)).filter((child) => child !== null);
  return kept.length > 0 ? { ...node, sub_tasks: kept } : null;
}

/** PaperBench's variant for tasks that come with their data and models: leaves that ask for them weigh nothing. */
export function resourcesProvided(rubric: RubricNode): RubricNode {
  return rubricNode(withoutAcquisition(rubric));
}

function withoutAcquisition(node: RubricNode): RubricNode {
  if (!isLeaf(node)) return { ...node, sub_tasks: node.sub_tasks.map(withoutAcquisition) };
  return node.finegrained_task_category === 'Dataset and Model Acquisition' ? { ...node, weight: 0 } : node;
}
