import { isLeaf, TASK_CATEGORIES, type RubricNode } from './node.ts';
import { pruneToCategory } from './prune.ts';

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

/** The score within each task category (the rubric pruned to it), null where the rubric has none of it. */
export function categoryMeans(rubric: RubricNode, scores: ReadonlyMap<string, number>): Record<string, number | null> {
  const graded = TASK_CATEGORIES.filter((category) => category !== 'Subtree');
  return Object.fromEntries(
    graded.map((category) => {
      const pruned = pruneToCategory(rubric, category);
      return [category, pruned && rollUp(pruned, scores)];
    }),
  );
}

function leafScore(leaf: RubricNode, scores: ReadonlyMap<string, number>): number {
  const score = scores.get(leaf.id);
  if (score === undefined) throw new Error(`leaf ${leaf.id} (${leaf.requirements}) has no score`);
  if (!(score >= 0 && score <= 1)) throw new Error(`leaf ${leaf.id} has the score ${score}, which is not from 0 to 1`);
  return score;
}
