import { z } from 'zod';

/** An address of code, and why it is thought to be the paper's own. */
export const codeCandidate = z.strictObject({
  address: z.string(),
  /** Where it was found: `metadata`, or the words around it in the paper. */
  evidence: z.string(),
  /** From 0 on; the highest is tried first, and what has 0 is somebody else's. */
  weight: z.number(),
});
export type CodeCandidate = z.infer<typeof codeCandidate>;

export const DROP_CAUSES = ['secret', 'binary', 'too-large', 'link', 'submodule', 'lfs', 'path', 'over-limit'] as const;

/** The official code at one commit: `code.json`. */
export const officialCode = z.strictObject({
  address: z.string(),
  commit: z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/),
  /** Store key of the folder of files. */
  folder: z.string(),
  files: z.number().int(),
  bytes: z.number().int(),
  licence: z.string().nullable().describe('the first line of its licence file'),
  /** Names under which package registries may have it. */
  packages: z.array(z.strictObject({ registry: z.enum(['pypi', 'npm', 'cran', 'crates']), name: z.string() })),
  dropped: z.array(z.strictObject({ path: z.string(), cause: z.enum(DROP_CAUSES) })),
  /** Places in kept files where a credential was blotted out. */
  redacted: z.array(z.strictObject({ path: z.string(), line: z.number().int(), kind: z.string() })),
});
export type OfficialCode = z.infer<typeof officialCode>;

/** What a workflow learns of a paper's code; the whole is in `factoryKeys.code`. */
export interface CodeResult {
  /** Null where no code was found, or none could be had. */
  code: { address: string; commit: string; folder: string; files: number; bytes: number } | null;
  /** Each address that was tried in vain, and why. */
  tried: { address: string; reason: string }[];
  /** The lines of `blacklist.txt`: the code's addresses, known mirrors and forks, packages. Empty where there are none. */
  blacklist: string[];
}
