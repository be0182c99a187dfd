import type { Answered, Building } from './answers.ts';
import { emptyDraft, withChildren } from './draft.ts';
import { applyEdits, expandNodes, setWeights } from './edits.ts';

/** A rubric of which nothing is there yet. */
export const nothingBuilt = (): Building => ({
  draft: emptyDraft(),
  notes: undefined,
  weighed: false,
  repairs: 0,
  reviews: [],
  revisions: 0,
  refused: [],
});

/** The rubric as the answers make it: the same answers always make the same one. */
export const buildFrom = (answers: readonly Answered[]): Building => answers.reduce(take, nothingBuilt());

function take(before: Building, answered: Answered): Building {
  switch (answered.kind) {
    case 'contributions': {
      const { task, children, leftOut } = answered.value;
      const root = withChildren({ ...before.draft.root, requirements: task.trim() }, children);
      return { ...before, draft: { root, leftOut } };
    }
    case 'expand':
      return { ...before, draft: expandNodes(before.draft, answered.value.nodes) };
    case 'weights':
      return { ...before, weighed: true, draft: setWeights(before.draft, answered.value.weights) };
    case 'addendum':
      return { ...before, notes: answered.value.notes };
    case 'review':
      return { ...before, reviews: [...before.reviews, answered.value] };
    case 'repair':
      return edited({ ...before, repairs: before.repairs + 1 }, answered);
    case 'revise':
      return edited({ ...before, revisions: before.revisions + 1 }, answered);
  }
}

function edited(before: Building, { name, value }: Extract<Answered, { kind: 'repair' | 'revise' }>): Building {
  const { draft, refused } = applyEdits(before.draft, value.edits, value.leftOut);
  return { ...before, draft, refused: [...before.refused, ...refused.map(({ why }) => `${name}: ${why}`)] };
}
