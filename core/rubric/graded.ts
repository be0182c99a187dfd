import { leaves, RubricError, type RubricNode } from './node.ts';
import { parseRubric } from './text.ts';

/** A node of PaperBench's graded tree: the rubric's node and what a judge, or a person, made of it. */
export interface GradedNode extends RubricNode {
  readonly sub_tasks: readonly GradedNode[];
  readonly score: number;
  /** False where PaperBench's judge failed and wrote 0. */
  readonly valid_score: boolean;
  readonly explanation: string;
  readonly judge_metadata?: unknown;
}

/** Reads a graded tree such as `expected_result.json` or `graded.json`; throws `RubricError` with the node's path. */
export function parseGraded(text: string): GradedNode {
  const root = parseRubric(text);
  refuseUngraded(root, 'root');
  return root as GradedNode;
}

/** The scores of the leaves by id, ready for `rollUp`. */
export function gradedScores(graded: GradedNode): Map<string, number> {
  return new Map((leaves(graded) as GradedNode[]).map((leaf) => [leaf.id, leaf.score]));
}

function refuseUngraded(node: RubricNode, path: string): void {
  const { score, valid_score: valid, explanation } = node as Partial<GradedNode>;
  const where = `${path} (${node.id})`;
  if (typeof score !== 'number' || !(score >= 0 && score <= 1)) {
    throw new RubricError(`${where}: score must be a number from 0 to 1 (got ${JSON.stringify(score) ?? 'nothing'})`);
  }
  if (typeof valid !== 'boolean') throw new RubricError(`${where}: valid_score must be true or false`);
  if (typeof explanation !== 'string') throw new RubricError(`${where}: explanation must be a text`);
  node.sub_tasks.forEach((child, index) => refuseUngraded(child, `${path}.sub_tasks[${index}]`));
}
