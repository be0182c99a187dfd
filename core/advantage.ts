import type { Outcome } from './record.ts';

/** Whose mean is the baseline: every window weighs the same (the paper's formula), or every rollout. */
export const BASELINES = ['rollout', 'window'] as const;
export type Baseline = (typeof BASELINES)[number];

/** One rollout of a group, the attempts at one task: what became of it and into how many windows it was split. */
export interface GroupMember {
  rollout: string;
  outcome: Outcome;
  /** Null unless scored. */
  score: number | null;
  windows: number;
}

/** What every token of every window of a rollout is trained with. */
export interface Advantage {
  rollout: string;
  advantage: number;
}

type Scored = GroupMember & { score: number };

/**
 * Score less the group's baseline, not divided by a standard deviation, for each scored rollout in the group's order. The
 * others, which are no zeroes, neither enter the baseline nor get an advantage. Throws where a scored rollout has no score.
 */
export function advantagesOf(group: readonly GroupMember[], baseline: Baseline): Advantage[] {
  const mean = baselineOf(group, baseline);
  if (mean === null) return [];
  return scoredOf(group).map(({ rollout, score }) => ({ rollout, advantage: score - mean }));
}

/** The mean that scores are compared with; null where there is nothing to average. */
export function baselineOf(group: readonly GroupMember[], baseline: Baseline): number | null {
  const scored = scoredOf(group);
  const weightOf = ({ windows }: Scored): number => (baseline === 'window' ? windows : 1);
  const total = scored.reduce((sum, member) => sum + weightOf(member), 0);
  if (total === 0) return null;
  // Exactly the score, which a mean of equal numbers need not be: their advantages are 0, not a rounding error.
  if (isFlat(group)) return (scored[0] as Scored).score;
  return scored.reduce((sum, member) => sum + weightOf(member) * member.score, 0) / total;
}

/** Whether a group has nothing to tell apart: all its scores are equal, or it has none. All its advantages are 0. */
export function isFlat(group: readonly GroupMember[]): boolean {
  return new Set(scoredOf(group).map(({ score }) => score)).size <= 1;
}

function scoredOf(group: readonly GroupMember[]): Scored[] {
  return group.filter((member) => member.outcome === 'scored').map(checked);
}

function checked(member: GroupMember): Scored {
  const { rollout, score, windows } = member;
  if (score === null || !Number.isFinite(score)) throw new Error(`${rollout} is scored, but its score is ${score}`);
  if (!Number.isInteger(windows) || windows < 0) throw new Error(`${rollout} has ${windows} windows`);
  return { ...member, score };
}
