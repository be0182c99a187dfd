import { z } from 'zod';
import { decontamination } from './decontamination.ts';
import { paperCost } from './outcome.ts';
import { paperRecord } from './paper.ts';

const checkResult = z.object({
  check: z.string(),
  ok: z.boolean(),
  findings: z.array(z.object({ path: z.string(), problem: z.string() })),
  figures: z.record(z.string(), z.number()),
});

/** What a node of the rubric rests on. */
const nodeEvidence = z.object({
  source: z.enum(['paper', 'code']),
  /** Of code, the file in which the quote was found. */
  file: z.string().nullable(),
  quote: z.string(),
  /** The line on which it begins; null where it was not found. */
  line: z.number().int().nullable(),
});
export type NodeEvidence = z.infer<typeof nodeEvidence>;

const objection = z.object({ path: z.string(), problem: z.string(), blocking: z.boolean() });

/** How the dry judging went: the scores of code that does it, of nothing, and of nonsense made of the same lines. */
export const dryJudging = z.object({
  ok: z.boolean(),
  /** Why there was none, where there was none. */
  skipped: z.string().nullable(),
  judge: z.string().nullable(),
  official: z.number().nullable(),
  empty: z.number().nullable(),
  shuffled: z.number().nullable(),
  usd: z.number(),
});
export type DryJudging = z.infer<typeof dryJudging>;

/** One version of a task's rubric. */
export const rubricVersion = z.object({
  version: z.number().int().min(1),
  sha256: z.string(),
  /** `factory`, or who edited it. */
  by: z.string(),
  note: z.string(),
  at: z.string(),
  checks: z.array(checkResult),
});
export type RubricVersion = z.infer<typeof rubricVersion>;

/** `provenance.json`: where a task came from, what it was checked by, what it cost. For people; no agent sees it. */
export const provenance = z.object({
  paper: paperRecord,
  made: z.object({ run: z.string(), codeVersion: z.string(), at: z.string() }),
  conversion: z.object({ converter: z.string(), words: z.number(), quality: z.unknown(), notes: z.array(z.string()) }),
  code: z.object({ address: z.string().nullable(), commit: z.string().nullable() }).nullable(),
  decontamination: decontamination.nullable(),
  /** SHA-256 of each prompt file. */
  prompts: z.record(z.string(), z.string()),
  models: z.record(z.string(), z.object({ name: z.string(), provider: z.string() })),
  rubric: z.object({
    leaves: z.number().int(),
    /** By the node's id, as in `rubric.json`. */
    nodes: z.record(z.string(), z.object({ path: z.string(), evidence: z.array(nodeEvidence) })),
    pruned: z.array(z.object({ path: z.string(), requirements: z.string() })),
    leftOut: z.array(z.object({ item: z.string(), reason: z.string() })),
    /** Edits that a model proposed and that made no sense. */
    refused: z.array(z.string()),
    reviews: z.array(z.object({ verdict: z.string(), objections: z.array(objection) })),
    versions: z.array(rubricVersion),
  }),
  checks: z.array(checkResult),
  dryJudging,
  cost: paperCost,
});
export type Provenance = z.infer<typeof provenance>;
