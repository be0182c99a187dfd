import type { DraftNode, Evidence, LeafCategory } from '../../../core/rubric-builder/draft.ts';
import { quotable } from '../../../core/rubric-builder/quotes.ts';
import { rubricSettings } from '../../../core/rubric-builder/settings.ts';
import type { Sources } from '../../../core/rubric-builder/support.ts';
import type { RubricNode } from '../../../core/rubric/node.ts';

export const settings = rubricSettings.parse({});

export const sourcesOf = (paper: string, code: Record<string, string> = {}): Sources => ({
  paper: quotable(paper),
  code: new Map(Object.entries(code).map(([file, text]) => [file, quotable(text)])),
});

/** A rubric as one writes it down in a test: a text is a leaf, a list a node with its children. */
export type Sketch = string | Sketch[];

export function draftOf(sketch: Sketch, path = ''): DraftNode {
  const at = (index: number): string => (path === '' ? String(index + 1) : `${path}.${index + 1}`);
  const [requirements, ...children] = typeof sketch === 'string' ? [sketch] : sketch;
  if (typeof requirements !== 'string') throw new Error('a node begins with its requirements');
  return children.length === 0
    ? leaf(path, requirements)
    : inner(
        path,
        requirements,
        children.map((child, index) => draftOf(child, at(index))),
      );
}

export const leaf = (path: string, requirements: string, evidence: Evidence[] = []): DraftNode => ({
  ...inner(path, requirements, []),
  category: 'Code Development',
  finegrained: 'Method Implementation',
  evidence,
});

export const inner = (path: string, requirements: string, children: DraftNode[]): DraftNode => ({
  path,
  requirements,
  category: null,
  finegrained: null,
  weight: 1,
  evidence: [],
  children,
  given: children.length,
});

/** A rubric of PaperBench's as if it were being built. */
export function asDraft(node: RubricNode, path = ''): DraftNode {
  const children = node.sub_tasks.map((child, index) =>
    asDraft(child, path === '' ? String(index + 1) : `${path}.${index + 1}`),
  );
  const category = (node.task_category ?? null) as LeafCategory | null;
  return {
    path,
    requirements: node.requirements,
    category,
    finegrained: node.finegrained_task_category ?? null,
    weight: node.weight,
    evidence: [],
    children,
    given: children.length,
  };
}
