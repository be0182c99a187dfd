import { z } from 'zod';
import { share } from './fields.ts';
import type { LedgerRow } from './ledger.ts';
import { END_KINDS, type EndKind } from './trajectory.ts';

const turns = z.int().min(0);

/** Which of a teacher's trajectories a distillation keeps. */
export const acceptanceRules = z
  .strictObject({
    minScore: share.describe('the least score that is kept'),
    ends: z
      .array(z.enum(END_KINDS))
      .min(1)
      .default([...END_KINDS])
      .describe('how a rollout may have ended'),
    minTurns: turns.optional().describe('fewer turns are left out'),
    maxTurns: turns.optional().describe('more turns are left out'),
    violations: z.boolean().default(false).describe("whether rollouts are kept that violated their task's blacklist"),
    duplicates: z
      .enum(['keep', 'drop'])
      .default('keep')
      .describe('`drop` keeps one of several that said the very same, whatever came back'),
    best: z
      .int()
      .min(1)
      .optional()
      .describe('at most so many of each paper, the best first, the shorter where they tie'),
  })
  .describe('which trajectories are kept');
export type AcceptanceRules = z.infer<typeof acceptanceRules>;

export const DROPS = ['unscored', 'score', 'end', 'turns', 'violation', 'duplicate', 'not-best'] as const;
export type Drop = (typeof DROPS)[number];

/** What became of one rollout: kept, or the first rule that it does not meet. */
export interface Acceptance {
  rollout: string;
  kept: boolean;
  why?: Drop;
}

/** What is known of a rollout here; `content` is a hash of what it said and did, where duplicates matter. */
export type Candidate = Pick<LedgerRow, 'rollout' | 'task' | 'outcome' | 'score' | 'end' | 'turns' | 'violated'> & {
  content?: string;
};

/** Every rollout in its order, each with whether the rules keep it. */
export function accept(candidates: readonly Candidate[], rules: AcceptanceRules): Acceptance[] {
  const dropped = new Map<string, Drop>();
  const drop = ({ rollout }: Candidate, why: Drop): void => void (dropped.has(rollout) || dropped.set(rollout, why));
  const left = (): Candidate[] => candidates.filter(({ rollout }) => !dropped.has(rollout));
  for (const candidate of candidates) {
    const why = ruleAgainst(candidate, rules);
    if (why) drop(candidate, why);
  }
  if (rules.duplicates === 'drop') for (const again of repeated(left())) drop(again, 'duplicate');
  if (rules.best !== undefined) for (const worse of beyondBest(left(), rules.best)) drop(worse, 'not-best');
  return candidates.map(({ rollout }) => {
    const why = dropped.get(rollout);
    return why === undefined ? { rollout, kept: true } : { rollout, kept: false, why };
  });
}

/** The first rule that a rollout by itself does not meet. */
function ruleAgainst(candidate: Candidate, rules: AcceptanceRules): Drop | undefined {
  const { outcome, score, end, turns: made, violated } = candidate;
  if (outcome !== 'scored' || score === null) return 'unscored';
  if (violated && !rules.violations) return 'violation';
  if (score < rules.minScore) return 'score';
  if (!rules.ends.includes(end as EndKind)) return 'end';
  return made < (rules.minTurns ?? 0) || made > (rules.maxTurns ?? Infinity) ? 'turns' : undefined;
}

/** Those whose content an earlier one, or a better one, has already. */
function repeated(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>();
  return ranked(candidates).filter(({ task, content = '' }) => {
    const key = `${task} ${content}`;
    return content !== '' && (seen.has(key) || !seen.add(key));
  });
}

function beyondBest(candidates: readonly Candidate[], best: number): Candidate[] {
  const taken = new Map<string, number>();
  return ranked(candidates).filter(({ task }) => {
    const before = taken.get(task) ?? 0;
    taken.set(task, before + 1);
    return before >= best;
  });
}

/** The best first, the shorter where they tie, then as they stand in the ledger. */
const ranked = (candidates: readonly Candidate[]): Candidate[] =>
  candidates.toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0) || a.turns - b.turns);

/** How many each rule has left out; rules that left out none are not told. */
export function countDrops(all: readonly Acceptance[]): Partial<Record<Drop, number>> {
  const counts: Partial<Record<Drop, number>> = {};
  for (const { why } of all) if (why) counts[why] = (counts[why] ?? 0) + 1;
  return counts;
}
