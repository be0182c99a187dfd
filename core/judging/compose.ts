import type { LeafVerdict } from '../record.ts';
import { leaves, type RubricNode } from '../rubric/node.ts';
import { categoryMeans, rollUp } from '../rubric/roll-up.ts';

/** What became of one leaf: a grade, or why there is none. */
export type LeafOutcome = { grade: LeafVerdict } | { why: string };

interface Unjudged {
  leaf: string;
  requirements: string;
  category: string;
  why: string;
}

export type Composed =
  | { complete: true; score: number; categories: Record<string, number | null>; leaves: LeafVerdict[] }
  | { complete: false; paperbench: number; most: number; leaves: LeafVerdict[]; unjudged: Unjudged[] };

/**
 * The verdict that the leaves' outcomes make. Every leaf must have one. A leaf without a grade leaves the whole without a score:
 * what PaperBench would say, which counts it 0, and what it could be at most are told instead.
 */
export function composeVerdict(rubric: RubricNode, outcomes: ReadonlyMap<string, LeafOutcome>): Composed {
  const grades: LeafVerdict[] = [];
  const unjudged: Unjudged[] = [];
  for (const { id, requirements, task_category: category } of leaves(rubric)) {
    const outcome = outcomes.get(id);
    if (!outcome) throw new Error(`nothing is known of leaf ${id} (${requirements})`);
    if ('grade' in outcome) grades.push(outcome.grade);
    else unjudged.push({ leaf: id, requirements, category: category ?? '', why: outcome.why });
  }
  const scores = new Map<string, number>(grades.map(({ leaf, score }) => [leaf, score]));
  if (unjudged.length === 0) {
    return {
      complete: true,
      score: rollUp(rubric, scores),
      categories: categoryMeans(rubric, scores),
      leaves: grades,
    };
  }
  const assuming = (score: number): number =>
    rollUp(rubric, new Map([...scores, ...unjudged.map(({ leaf }) => [leaf, score] as const)]));
  return { complete: false, paperbench: assuming(0), most: assuming(1), leaves: grades, unjudged };
}
