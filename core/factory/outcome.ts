import { z } from 'zod';
import { drop } from './drop.ts';

/** What a paper's tasks cost: `usd` as the answers are priced, `paid` what of it this run paid. */
export const paperCost = z.object({
  calls: z.number().int(),
  /** Calls that an earlier run, or an earlier attempt, had paid for. */
  reused: z.number().int(),
  usd: z.number(),
  paid: z.number(),
  /** Of the calls that this run paid. */
  inputTokens: z.number(),
  outputTokens: z.number(),
});
export type PaperCost = z.infer<typeof paperCost>;

export const noPaperCost = (): PaperCost => ({ calls: 0, reused: 0, usd: 0, paid: 0, inputTokens: 0, outputTokens: 0 });

export const PAPER_OUTCOMES = ['made', 'dropped', 'failed', 'cancelled'] as const;
export type PaperOutcome = (typeof PAPER_OUTCOMES)[number];

/** `outcome.json`: what became of one paper. A failed or cancelled one is tried again when the run goes on; the others stand. */
export const outcome = z.object({
  paper: z.string(),
  title: z.string(),
  outcome: z.enum(PAPER_OUTCOMES),
  /** Why there is no task. */
  drop: drop.nullable(),
  /** Of a failed paper, for a person. */
  reason: z.string().nullable(),
  leaves: z.number().int(),
  cost: paperCost,
  /** The run that came to it, where this one has taken it over. */
  from: z.string().optional(),
});
export type Outcome = z.infer<typeof outcome>;
