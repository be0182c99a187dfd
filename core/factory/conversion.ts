import { z } from 'zod';
import { artifact } from '../record.ts';

/** What makes a conversion worth less: each flag is a reason to look, or to drop the paper. */
export const conversionQuality = z.strictObject({
  /** Share of the text layer's characters that are no readable character. */
  unreadable: z.number().min(0).max(1),
  /** Share of pages with (almost) no text: scans. */
  emptyPages: z.number().min(0).max(1),
  /** Share of words that are single characters: letters set apart, or a broken text layer. */
  singleLetters: z.number().min(0).max(1),
  /** Of `abstract`, `introduction`, `references`: those without a heading. */
  missingSections: z.array(z.string()),
  tables: z.number().int(),
  /** Tables whose columns could not be told apart, given as they are set. */
  plainTables: z.number().int(),
  figures: z.number().int(),
  equations: z.number().int(),
});
export type ConversionQuality = z.infer<typeof conversionQuality>;

export const conversionAsset = z.strictObject({ path: z.string(), bytes: z.number().int(), page: z.number().int() });

/** `conversion.json`, and what a workflow learns of a conversion. */
export const conversion = z.strictObject({
  converter: z.string().describe('name and version'),
  /** Store key of the folder with `paper.md` and `assets/`. */
  folder: z.string(),
  markdown: artifact,
  /** Null for a paper that came as Markdown. */
  pdf: artifact.nullable(),
  assets: z.number().int(),
  assetBytes: z.number().int(),
  pages: z.number().int(),
  words: z.number().int(),
  language: z.string().nullable(),
  quality: conversionQuality,
  /** What a person should know, in sentences. */
  notes: z.array(z.string()),
});
export type Conversion = z.infer<typeof conversion>;

/** A PDF that cannot be converted is a dropped paper, not a failed activity. */
export type ConversionResult = { ok: true; conversion: Conversion } | { ok: false; reason: string };
