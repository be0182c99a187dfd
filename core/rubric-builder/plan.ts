import type { Building, CallKind } from './answers.ts';
import { allOk } from './checks.ts';
import { depthOf, leavesOf, openNodes } from './draft.ts';
import type { CheckResult } from './finding.ts';
import type { RubricSettings } from './settings.ts';

/** One call to a model: its name is computed, so that asking again finds what was answered. */
export interface Call {
  /** `expand-1.2-8`, `review-0`: what it is for, and for which nodes or in which round. */
  name: string;
  kind: CallKind;
  /** Of an expansion: the nodes. */
  paths?: string[];
  /** Of an expansion: no node of it may be split further. */
  leavesOnly?: boolean;
}

/**
 * What to ask next; nothing where the rubric is as good as the rounds allow. Calls that come together do not depend on each other.
 * Checks take time, and a tree that still grows would fail them: they are made when they matter.
 */
export function nextCalls(
  built: Building,
  of: { checks: () => readonly CheckResult[]; settings: RubricSettings; answered: ReadonlySet<string> },
): Call[] {
  const { checks, settings, answered } = of;
  if (built.draft.root.requirements === '') return [{ name: 'contributions', kind: 'contributions' }];
  const expansions = expandCalls(built, settings, answered);
  if (expansions.length > 0) return expansions;
  if (built.repairs < settings.repairRounds && !allOk(checks())) return [call('repair', built.repairs)];
  if (!built.weighed) return [{ name: 'weights', kind: 'weights' }];
  if (built.notes === undefined) return [{ name: 'addendum', kind: 'addendum' }];
  return reviewCalls(built, settings);
}

const call = (kind: CallKind, round: number): Call => ({ name: `${kind}-${round}`, kind });

/**
 * The next level, breadth first: open nodes of the least depth at which something is still to be asked, in batches. A node that
 * an answer left out is asked for once more, alone or with others like it; then it is left to the repairs.
 */
function expandCalls({ draft: { root } }: Building, settings: RubricSettings, answered: ReadonlySet<string>): Call[] {
  const open = openNodes(root).filter(({ path }) => depthOf(path) < settings.maxDepth);
  const full = leavesOf(root).length + open.length >= settings.maxLeaves;
  for (let depth = 1; depth < settings.maxDepth; depth += 1) {
    const level = open.filter(({ path }) => depthOf(path) === depth).map(({ path }) => path);
    const leavesOnly = full || depth + 1 >= settings.maxDepth;
    const calls = batchesOf(level, settings.nodesPerCall)
      .map((paths): Call => ({ name: `expand-${paths[0]}-${paths.length}`, kind: 'expand', paths, leavesOnly }))
      .filter(({ name }) => !answered.has(name));
    if (calls.length > 0) return calls;
  }
  return [];
}

const batchesOf = (paths: readonly string[], size: number): string[][] =>
  Array.from({ length: Math.ceil(paths.length / size) }, (_, index) => paths.slice(index * size, (index + 1) * size));

/** Review, then a revision while there are objections and rounds; the last word is a review's. */
function reviewCalls({ reviews, revisions }: Building, { reviewRounds }: RubricSettings): Call[] {
  if (reviewRounds === 0) return [];
  if (reviews.length === revisions) return [call('review', reviews.length)];
  return isAccepted(reviews) || revisions >= reviewRounds ? [] : [call('revise', revisions)];
}

/** Whether the second model has no objection that must be met. */
export function isAccepted(reviews: Building['reviews']): boolean {
  const last = reviews.at(-1);
  return last !== undefined && (last.verdict === 'accept' || last.objections.every(({ blocking }) => !blocking));
}
