import { isLeaf, TASK_CATEGORIES, type RubricNode, type TaskCategory } from './node.ts';

/**
 * The replication score: a leaf has its own score, a parent the weighted mean of its children (0 where their weights sum to 0).
 * Scores of leaves that the rubric does not have are not looked at, so that a pruned rubric can be scored from a full
 * verdict; a leaf without a score, or with one outside 0 to 1, is an error.
 */
export function rollUp(rubric: RubricNode, scores: ReadonlyMap<string, number>): number {
  if (isLeaf(rubric)) return leafScore(rubric, scores);
  const children = rubric.sub_tasks.map((child) => ({ weight: child.weight, score: rollUp(child, scores) }));
  const weight = children.reduce((sum, child) => sum + child.weight, 0);
  if (weight === 0) return 0;
  return children.reduce((sum, child) => sum + child.score * child.weight, 0) / weight;
}

/** The score within each task category (that of the rubric pruned to it), null where the rubric has none of it. */
export function categoryMeans(rubric: RubricNode, scores: ReadonlyMap<string, number>): Record<string, number | null> {
  const graded = TASK_CATEGORIES.filter((category) => category !== 'Subtree');
  return Object.fromEntries(graded.map((category) => [category, within(rubric, category, scores)]));
}

/** What rolling up the rubric pruned to a category gives, without making that rubric. */
function within(node: RubricNode, category: TaskCategory, scores: ReadonlyMap<string, number>): number | null {
  if (isLeaf(node)) return node.task_category === category ? leafScore(node, scores) : null;
  let [sum, weight, isThere] = [0, 0, false];
  for (const child of node.sub_tasks) {
    const score = within(child, category, scores);
    if (score === null) continue;
    isThere = true;
    sum += score * child.weight;
    weight += child.weight;
  }
  if (!isThere) return null;
  return weight === 0 ? 0 : sum / weight;
}

function leafScore(leaf: RubricNode, scores: ReadonlyMap<string, number>): number {
  const score = scores.get(leaf.id);
  if (score === undefined) throw new Error(`leaf ${leaf.id} (${leaf.requirements}) has no score`);
  if (!(score >= 0 && score <= 1)) throw new Error(`leaf ${leaf.id} has the score ${score}, which is not from 0 to 1`);
  return score;
}
