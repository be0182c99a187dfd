import { isLeafOf, nodesOf, type DraftNode } from './draft.ts';
import type { CheckResult, Finding } from './finding.ts';
import { similarity, wordsOf } from './similarity.ts';

/** From this similarity on, siblings are one requirement that was split. Numbers and names are let alike here: see `skeleton`. */
const SPLIT = 0.6;

/**
 * The tree with its weights balanced: siblings that are one requirement, split, share the weight of one of them, so that an
 * over-split branch gains nothing. Done once, to the weights as they were proposed.
 */
export function balanceWeights(node: DraftNode): DraftNode {
  const children = node.children.map(balanceWeights);
  const clusters = clustersOf(children);
  const shared = children.map((child, index) => {
    const cluster = clusters.find((members) => members.includes(index)) ?? [index];
    const most = Math.max(...cluster.map((member) => children[member]?.weight ?? 0));
    const sum = cluster.reduce((total, member) => total + (children[member]?.weight ?? 0), 0);
    return { ...child, weight: sum === 0 ? 0 : (child.weight / sum) * most };
  });
  return { ...node, children: shared.map((child) => ({ ...child, weight: rounded(child.weight) })) };
}

/** Six digits are enough for a weight, and keep a rubric readable. */
const rounded = (weight: number): number => Number(weight.toPrecision(6));

/** Groups of siblings that ask for the same kind of thing of the same category; leaves only with leaves. */
function clustersOf(children: readonly DraftNode[]): number[][] {
  const words = children.map(({ requirements }) => wordsOf(skeleton(requirements)));
  const clusters: number[][] = [];
  for (const [index, child] of children.entries()) {
    const own = words[index];
    const joined = clusters.find(([first]) => {
      const other = first === undefined ? undefined : children[first];
      const otherWords = first === undefined ? undefined : words[first];
      if (!own || !other || !otherWords || other.category !== child.category) return false;
      return similarity(own, otherWords) >= SPLIT;
    });
    if (joined) joined.push(index);
    else clusters.push([index]);
  }
  return clusters;
}

/** A requirement without what tells one case of it from the next: `seed 1 is run` and `seed 2 is run` are one. */
const skeleton = (requirements: string): string => requirements.replaceAll(/\d+(?:\.\d+)?/gu, ' ').toLowerCase();

/** The share of the whole score that each leaf decides, by path. */
export function leafShares(node: DraftNode, share = 1): Map<string, number> {
  if (isLeafOf(node)) return new Map([[node.path, share]]);
  const sum = node.children.reduce((total, child) => total + child.weight, 0);
  return new Map(
    node.children.flatMap((child) => [...leafShares(child, sum === 0 ? 0 : (share * child.weight) / sum)]),
  );
}

/**
 * Whether no single leaf decides too much once the weights are balanced, and nothing weighs nothing. `moved` is the share of the
 * score that splitting would have gained.
 */
export function checkWeights(root: DraftNode, mostShare: number): CheckResult {
  const balanced = balanceWeights(root);
  const shares = leafShares(balanced);
  const most = Math.max(0, ...shares.values());
  // With few leaves a large share each is only arithmetic.
  const bound = Math.max(mostShare, 2 / Math.max(1, shares.size));
  const heavy = [...shares].filter(([, share]) => share > bound);
  const findings: Finding[] = heavy.map(([path, share]) => ({
    path,
    problem: `decides ${(share * 100).toFixed(0)} % of the score alone: split it or weigh it less`,
  }));
  for (const { path, weight } of nodesOf(root).slice(1)) {
    if (!(weight > 0)) findings.push({ path, problem: `has the weight ${weight}: it would not count` });
  }
  const figures = { leaves: shares.size, mostShare: most, moved: movedShare(leafShares(root), shares) };
  return { check: 'weights', ok: findings.length === 0, findings, figures };
}

function movedShare(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  return [...before].reduce((sum, [path, share]) => sum + Math.abs(share - (after.get(path) ?? 0)), 0) / 2;
}
