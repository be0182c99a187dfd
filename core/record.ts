import { z } from 'zod';
import { END_KINDS, usage } from './trajectory.ts';

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

/** `verdict.json`: the graded leaves of one submission and the score they roll up to. */
export const verdict = z.object({
  rollout: z.string(),
  judge: z.string(),
  submission: artifact,
  score: z.number().min(0).max(1),
  /** Weighted score within each task category, null where the rubric has none of it. */
  categories: z.record(z.string(), z.number().nullable()),
  leaves: z.array(leafVerdict),
});
export type Verdict = z.infer<typeof verdict>;

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
  /** Measured seconds the sandbox was held. */
  sandboxSeconds: z.number().default(0),
  usage: usage.prefault({}),
  submission: artifact.optional(),
  verdict: artifact.optional(),
  /** True where the sandbox was a plain process (LONGHAUL_UNSAFE_SANDBOX=1). */
  unsafeSandbox: z.boolean().optional(),
});
export type RolloutRecord = z.infer<typeof record>;
