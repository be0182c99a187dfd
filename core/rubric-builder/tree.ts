import { RubricError, rubricNode, type RubricNode } from '../rubric/node.ts';
import { depthOf, leavesOf, nodesOf, openNodes, type DraftNode } from './draft.ts';
import type { CheckResult, Finding } from './finding.ts';
import type { RubricSettings } from './settings.ts';

/** The rubric in PaperBench's shape; `idOf` gives a node its id by its path. Throws `RubricError`. */
export const toRubric = (root: DraftNode, idOf: (node: DraftNode) => string): RubricNode =>
  rubricNode(shape(root, idOf));

const shape = (node: DraftNode, idOf: (node: DraftNode) => string): object => ({
  id: idOf(node),
  requirements: node.requirements,
  weight: node.weight,
  sub_tasks: node.children.map((child) => shape(child, idOf)),
  task_category: node.category,
  finegrained_task_category: node.finegrained,
});

/** Whether it is a tree that PaperBench takes, whole, and within the recipe's limits. */
export function checkSchema(root: DraftNode, limits: Pick<RubricSettings, 'maxDepth' | 'maxChildren'>): CheckResult {
  const nodes = nodesOf(root);
  const findings: Finding[] = openNodes(root).map(({ path }) => ({
    path,
    problem: 'has neither children nor a category',
  }));
  for (const { path, category, finegrained, requirements, children } of nodes) {
    if (requirements.trim() === '') findings.push({ path, problem: 'says nothing' });
    if (category !== null && finegrained === null) findings.push({ path, problem: 'has no fine-grained category' });
    if (depthOf(path) > limits.maxDepth) findings.push({ path, problem: `is deeper than ${limits.maxDepth} levels` });
    if (children.length > limits.maxChildren + 1) {
      findings.push({ path, problem: `has ${children.length} children, more than ${limits.maxChildren}` });
    }
    if (children.length === 1 && path !== '')
      findings.push({ path, problem: 'has a single child: one of the two is too many' });
  }
  const serious = findings.filter(({ problem }) => !problem.startsWith('has a single child'));
  const invalid = invalidity(root);
  if (invalid !== undefined && findings.length === 0) findings.push({ path: '', problem: invalid });
  const figures = {
    nodes: nodes.length,
    leaves: leavesOf(root).length,
    depth: Math.max(...nodes.map(({ path }) => depthOf(path))),
  };
  return { check: 'schema', ok: invalid === undefined && serious.length === 0, findings, figures };
}

function invalidity(root: DraftNode): string | undefined {
  try {
    toRubric(root, ({ path }) => `n${path}`);
    return undefined;
  } catch (error) {
    if (error instanceof RubricError) return error.message;
    throw error;
  }
}
