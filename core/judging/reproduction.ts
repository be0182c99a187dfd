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

/** `reproduction.json`: what running a submission's `reproduce.sh` in a fresh sandbox did. */
export const reproduction = z.object({
  /** sha256 of the submission that was run. */
  submission: z.string(),
  timeout: z.string(),
  /** Whether the submission has a `reproduce.sh` at all. */
  hasScript: z.boolean(),
  exitCode: z.number().nullable(),
  ended: z.enum(['exit', 'timeout', 'killed', 'none']),
  /** Measured seconds. */
  seconds: z.number(),
  /** The workspace as it was left, `reproduce.log` in it. */
  left: artifact,
  touched: z.array(touchedFile),
  /** Files that were there before and are gone. */
  removed: z.array(z.string()),
});
export type Reproduction = z.infer<typeof reproduction>;
