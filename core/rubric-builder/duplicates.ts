import type { DraftNode } from './draft.ts';
import type { CheckResult, Finding } from './finding.ts';
import { containment, similarity, wordsOf, type Words } from './similarity.ts';

/** From this similarity on, two leaves ask for the same. */
export const SAME = 0.85;
/** A leaf that has this share of another one's words, and hardly a word besides, asks for most of it. */
const MOST_OF = 0.6;
const HARDLY = 0.95;

/** A leaf with what it is read under. */
interface Compared {
  node: DraftNode;
  words: Words;
  /** From the root down, with the leaf's own words last. */
  above: { path: string; words: Words }[];
}

/**
 * Whether two leaves ask for the same, so that an agent would be paid twice for one thing. A leaf is read under its ancestors: the
 * same words for another method or dataset are a repetition, which is counted and shown, and no duplicate.
 */
export function checkDuplicates(root: DraftNode, tolerated = 0): CheckResult {
  const leaves = comparedBelow(root, []);
  const counts = { same: 0, overlap: 0, repeated: 0 };
  const findings: Finding[] = [];
  for (const [index, one] of leaves.entries()) {
    for (const other of leaves.slice(index + 1)) {
      const relation = relationOf(one, other);
      if (relation === undefined) continue;
      counts[relation] += 1;
      const problem = `${PROBLEM[relation]} ${one.node.path}: "${one.node.requirements.slice(0, 120)}"`;
      if (relation !== 'repeated') findings.push({ path: other.node.path, problem });
    }
  }
  const figures = {
    leaves: leaves.length,
    duplicates: counts.same,
    overlaps: counts.overlap,
    repeated: counts.repeated,
  };
  return { check: 'duplicates', ok: counts.same <= tolerated * leaves.length, findings, figures };
}

type Relation = 'same' | 'overlap' | 'repeated';
const PROBLEM: Record<Relation, string> = {
  same: 'asks for the same as',
  overlap: 'overlaps with',
  repeated: 'has the words of',
};

function comparedBelow(node: DraftNode, above: Compared['above']): Compared[] {
  const words = wordsOf(node.requirements);
  const here = [...above, { path: node.path, words }];
  if (node.category !== null) return [{ node, words, above: here }];
  return node.children.flatMap((child) => comparedBelow(child, here));
}

/** Leaves of different categories are about different things: code that is written, code that ran, a result that was found. */
function relationOf(one: Compared, other: Compared): Relation | undefined {
  if (one.node.category !== other.node.category) return undefined;
  const [less, more] = [one.words.stems.size, other.words.stems.size].toSorted((a, b) => a - b);
  if ((less ?? 0) < MOST_OF * (more ?? 0)) return undefined;
  const same = similarity(one.words, other.words) >= SAME;
  if (!same && !overlaps(one.words, other.words) && !overlaps(other.words, one.words)) return undefined;
  if (alikeContexts(one, other)) return same ? 'same' : 'overlap';
  return same ? 'repeated' : undefined;
}

/** Whether what the two are read under, where their ways part, says the same too. Siblings part at themselves. */
function alikeContexts(one: Compared, other: Compared): boolean {
  const parting = one.above.findIndex(({ path }, level) => path !== other.above[level]?.path);
  const [first, second] = [one.above[parting], other.above[parting]];
  if (!first || !second) return true;
  const isLeaf = first.path === one.node.path && second.path === other.node.path;
  return isLeaf || similarity(first.words, second.words) >= SAME;
}

const overlaps = (small: Words, large: Words): boolean =>
  small.stems.size >= 4 &&
  small.stems.size >= MOST_OF * large.stems.size &&
  containment(small.stems, large.stems) >= HARDLY &&
  [...small.marks].every((mark) => large.marks.has(mark));
