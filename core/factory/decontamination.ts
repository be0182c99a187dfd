import { z } from 'zod';

/** A paper that something will be measured on: none of the training papers may be it, or contain it. */
export const protectedPaper = z.strictObject({
  id: z.string().min(1),
  title: z.string().min(1),
  arxivIds: z.array(z.string()).default([]),
  dois: z.array(z.string()).default([]),
  code: z.array(z.string()).default([]).describe('addresses of its official code'),
  text: z.string().optional().describe('path of its text, as Markdown or plain text'),
});
export type ProtectedPaper = z.infer<typeof protectedPaper>;

export const decontaminationSettings = z.strictObject({
  paperBench: z.boolean().default(true).describe("keep PaperBench's 23 papers out"),
  papers: z.array(protectedPaper).default([]).describe('more papers to keep out'),
  titleSimilarity: z
    .number()
    .min(0.5)
    .max(1)
    .default(0.9)
    .describe('titles at least this similar are the same (1 − edit distance ÷ length, after normalisation)'),
  textSimilarity: z
    .number()
    .min(0.05)
    .max(1)
    .default(0.15)
    .describe('texts whose estimated Jaccard similarity of word shingles is at least this are the same'),
});
export type DecontaminationSettings = z.infer<typeof decontaminationSettings>;

export const MATCH_KINDS = ['arxiv-id', 'doi', 'code', 'title', 'text'] as const;

/** One reason why a paper is held to be a protected one. */
export const contamination = z.strictObject({
  kind: z.enum(MATCH_KINDS),
  /** The protected paper's id. */
  with: z.string(),
  /** What matched, on both sides. */
  ours: z.string(),
  theirs: z.string(),
  similarity: z.number().min(0).max(1),
  /** At which the two are held to be the same; 1 for what must be equal. */
  threshold: z.number(),
});
export type Contamination = z.infer<typeof contamination>;

/** `decontamination.json`. */
export const decontamination = z.strictObject({
  contaminated: z.boolean(),
  matches: z.array(contamination),
  /** The nearest by title and by text that was still let through, for a person to judge the thresholds by. */
  nearest: z.array(contamination),
  settings: z.string().describe('hash of the settings and of the protected papers'),
  protected: z.number().int(),
  /** Protected papers of which a text was there to compare with. */
  texts: z.number().int(),
});
export type Decontamination = z.infer<typeof decontamination>;
