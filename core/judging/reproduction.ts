import { z } from 'zod';
import { artifact } from '../record.ts';

/** A file that running `reproduce.sh` has made or changed. */
export const touchedFile = z.object({
  path: z.string(),
  bytes: z.number().int(),
  sha256: z.string(),
  /** `same` where it was written again with what was in it before. */
  change: z.enum(['created', 'modified', 'same']),
});
export type TouchedFile = z.infer<typeof touchedFile>;

/** How a script is run, in PaperBench's order: as it is, with another Python in front, in a virtual environment, in one of that Python. */
export const WAYS = ['plain', 'python3.11', 'venv', 'python3.11+venv'] as const;
export type Way = (typeof WAYS)[number];

const run = {
  /** sha256 of the submission that was run. */
  submission: z.string(),
  timeout: z.string(),
  /** A run that ends sooner is made again in other ways. */
  retryUnder: z.string().optional(),
  way: z.enum(WAYS).default('plain'),
  /** Whether the submission has a `reproduce.sh` at all. */
  hasScript: z.boolean(),
  exitCode: z.number().nullable(),
  ended: z.enum(['exit', 'timeout', 'killed', 'none']),
  /** Measured seconds. */
  seconds: z.number(),
};

/** A run that ended too soon to be believed, so that another one counts. */
export const tooShort = z.object({
  ...run,
  /** The ways besides the first that the machine has, in their order. */
  others: z.array(z.enum(WAYS)),
  /** The end of what it printed. */
  log: z.string(),
});
export type TooShort = z.infer<typeof tooShort>;

/** `reproduction.json`: what running a submission's `reproduce.sh` in a fresh sandbox did. */
export const reproduction = z.object({
  ...run,
  /** The runs before this one, which were too short. */
  soon: z.array(tooShort).default([]),
  /** The workspace as it was left, `reproduce.log` in it. */
  left: artifact,
  touched: z.array(touchedFile),
  /** Files that were there before and are gone. */
  removed: z.array(z.string()),
});
export type Reproduction = z.infer<typeof reproduction>;
