import { z } from 'zod';
import { addUsage, END_KINDS, usage, type Usage } from './trajectory.ts';

/** Bytes in the store; workflows carry only this name. */
export const artifact = z.object({ uri: z.string(), sha256: z.string(), bytes: z.number().int() });
export type Artifact = z.infer<typeof artifact>;

export const OUTCOMES = ['scored', 'infra-failed', 'cancelled'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One graded leaf: what was checked and what was found. */
export const leafVerdict = z.object({
  leaf: z.string(),
  requirements: z.string(),
  category: z.string(),
  score: z.union([z.literal(0), z.literal(1)]),
  checked: z.string(),
  found: z.string(),
});
export type LeafVerdict = z.infer<typeof leafVerdict>;

/** A fetch of something that the task's blacklist forbids: where it stands, word for word. */
export const violation = z.object({
  /** The line of the blacklist. */
  entry: z.string(),
  /** `turn 12, bash` or a file of the submission and its line. */
  where: z.string(),
  evidence: z.string(),
});
export type Violation = z.infer<typeof violation>;

const judging = {
  rollout: z.string(),
  /** Hash of everything beside the submission that a grade may depend on. */
  judge: z.string(),
  submission: artifact,
  leaves: z.array(leafVerdict),
  /** What the judge's own model calls took; nothing for grades that were known before. */
  usage: usage.optional(),
  /** `reproduction.json` of what running the submission's `reproduce.sh` left. */
  reproduction: artifact.optional(),
};

/** `verdict.json`: every leaf of one submission graded, and the score they roll up to. */
export const verdict = z.object({
  ...judging,
  score: z.number().min(0).max(1),
  /** Weighted score within each task category, null where the rubric has none of it. */
  categories: z.record(z.string(), z.number().nullable()),
  /** Where there are any, the score is 0 and no leaf was graded. */
  violations: z.array(violation).optional(),
  /** Why a person had the submission graded all the same. */
  overruled: z.string().optional(),
});
export type Verdict = z.infer<typeof verdict>;

/** `incomplete-verdict.json`: some leaves could not be graded, so there is no score. */
export const incompleteVerdict = z.object({
  ...judging,
  unjudged: z.array(z.object({ leaf: z.string(), requirements: z.string(), category: z.string(), why: z.string() })),
  /** The score by PaperBench's convention, in which a leaf that could not be graded counts 0. */
  paperbench: z.number().min(0).max(1),
  /** The score if every one of them were reached: the other end of what it may be. */
  most: z.number().min(0).max(1),
});
export type IncompleteVerdict = z.infer<typeof incompleteVerdict>;

/** `record.json`: what became of one planned rollout. Written once, by rename; the store, not the server, is the truth. */
export const record = z.object({
  rollout: z.string(),
  task: z.string(),
  policy: z.string(),
  outcome: z.enum(OUTCOMES),
  /** Why there is no score, for a person. */
  reason: z.string().optional(),
  end: z.enum(END_KINDS).optional(),
  score: z.number().min(0).max(1).optional(),
  turns: z.number().int().default(0),
  /** Seconds on the rollout's clock. */
  activeSeconds: z.number().default(0),
  /** Measured seconds, charged to nobody, in which the policy's provider was busy or away. */
  waitedSeconds: z.number().optional(),
  /** Measured seconds the sandbox was held, by all attempts. */
  sandboxSeconds: z.number().default(0),
  usage: usage.prefault({}),
  /** Every version of the policy that made a turn; of a language model, the hash of its prompts and settings is part of it. */
  policyVersions: z.array(z.string()).optional(),
  submission: artifact.optional(),
  verdict: artifact.optional(),
  /** What judging took. */
  judgeUsage: usage.optional(),
  /** The blacklist was violated, which is why the score is 0. */
  violated: z.boolean().optional(),
  /** Of an infra-failed rollout whose verdict is incomplete: its score by PaperBench's convention. */
  paperbench: z.number().min(0).max(1).optional(),
  /** True where the sandbox was a plain process (LONGHAUL_UNSAFE_SANDBOX=1). */
  unsafeSandbox: z.boolean().optional(),
});
export type RolloutRecord = z.infer<typeof record>;

/** What a rollout took, played and judged. */
export const costOf = ({ usage: played, judgeUsage }: Pick<RolloutRecord, 'usage' | 'judgeUsage'>): Usage =>
  judgeUsage ? addUsage({ ...played }, judgeUsage) : played;
