import { checkRubric } from './checks.ts';
import { leavesOf, type Draft } from './draft.ts';
import { removeNode } from './edits.ts';
import { shareOf, type CheckResult } from './finding.ts';
import type { RubricSettings } from './settings.ts';
import { checkSupport, unsupported, type Sources } from './support.ts';
import { balanceWeights } from './weights.ts';

/** A rubric as it goes into the task. */
export interface Finished {
  /** With balanced weights, without what rests on nothing. */
  draft: Draft;
  /** Of the draft before its weights were balanced: how much of the score splitting would have gained stands there. */
  checks: CheckResult[];
  /** Leaves that were taken away because nothing that they rest on could be found. */
  pruned: { path: string; requirements: string }[];
}

/**
 * What is left when the rounds are over: leaves without support go, as long as they are few, and weights are balanced. A leaf that
 * nobody can trace to the paper or the code would be graded by taste.
 */
export function finishDraft(draft: Draft, of: { sources: Sources; settings: RubricSettings }): Finished {
  const leaves = leavesOf(draft.root);
  const weak = new Set(unsupported(checkSupport(draft.root, of.sources)));
  const few = shareOf(weak.size, leaves.length) <= of.settings.maxPruned;
  const pruned = few ? leaves.filter(({ path }) => weak.has(path)) : [];
  const kept = pruned.reduce((root, { path }) => removeNode(root, path), draft.root);
  const checks = checkRubric({ ...draft, root: kept }, of);
  const gone = pruned.map(({ path, requirements }) => ({ path, requirements }));
  return { draft: { ...draft, root: balanceWeights(kept) }, checks, pruned: gone };
}
