import { z } from 'zod';
import { artifact } from '../record.ts';

export const SOURCES = ['local', 'arxiv', 'openreview', 'semantic-scholar'] as const;
export type SourceName = (typeof SOURCES)[number];

/** What a source may know of a paper. Null where no source had it: nothing is guessed. */
export const paperFields = z.strictObject({
  title: z.string().min(1),
  authors: z.array(z.string()),
  abstract: z.string().nullable(),
  year: z.number().int().min(1900).max(2200).nullable(),
  venue: z.string().nullable(),
  doi: z.string().nullable().describe('lower case, without an address in front'),
  arxivId: z.string().nullable().describe('without a version'),
  openReviewId: z.string().nullable(),
  semanticScholarId: z.string().nullable(),
  citations: z.number().int().min(0).nullable(),
  licence: z.string().nullable(),
  language: z.string().nullable().describe('ISO 639-1'),
  pdf: z.string().nullable().describe('an address, or the path of a local file'),
  markdown: z.string().nullable().describe('the path of a local Markdown file, its figures beside it'),
  code: z.array(z.string()).describe('addresses of code that the metadata name'),
});
export type PaperFields = z.infer<typeof paperFields>;
export type PaperField = keyof PaperFields;

/** One source's answer about a paper. */
export const sighting = z.strictObject({
  source: z.enum(SOURCES),
  /** The paper's name there. */
  name: z.string(),
  /** What was asked: an address, or a local path. */
  from: z.string(),
  retrievedAt: z.string().nullable().describe('null for local files'),
  /** What this source did not have. */
  missing: z.array(z.string()),
});
export type Sighting = z.infer<typeof sighting>;

/** A paper as one source tells it. */
export const foundPaper = z.strictObject({ fields: paperFields, sighting });
export type FoundPaper = z.infer<typeof foundPaper>;

/** A paper, whatever sources told of it: `record.json`. */
export const paperRecord = paperFields.extend({
  /** Names the paper and the task that is made of it. */
  id: z.string().regex(/^[a-z0-9-]{1,63}$/),
  sightings: z.array(sighting).min(1),
  /** Which source each field that is known came from. */
  origins: z.record(z.string(), z.enum(SOURCES)),
});
export type PaperRecord = z.infer<typeof paperRecord>;

/** A paper of a factory run; its record lies at `factoryKeys.record`. */
export interface PaperPlace {
  run: string;
  paper: string;
}

/** The papers that a run's sources found, without duplicates. */
export const collectedPapers = z.strictObject({
  /** JSON: the ids, in the order in which the sources told them. */
  list: artifact,
  count: z.number().int(),
  /** Sightings that turned out to be of a paper already found. */
  duplicates: z.number().int(),
  bySource: z.record(z.string(), z.number().int()),
});
export type CollectedPapers = z.infer<typeof collectedPapers>;

/** A paper with nothing known but its title: what a source starts from. */
export const untold = (title: string): PaperFields => ({
  title,
  authors: [],
  abstract: null,
  year: null,
  venue: null,
  doi: null,
  arxivId: null,
  openReviewId: null,
  semanticScholarId: null,
  citations: null,
  licence: null,
  language: null,
  pdf: null,
  markdown: null,
  code: [],
});

/** The fields that nothing is known of. */
export const missingFields = (fields: PaperFields): PaperField[] =>
  (Object.keys(fields) as PaperField[]).filter((field) => isUnknown(fields[field]));

export const isUnknown = (value: unknown): boolean => value === null || (Array.isArray(value) && value.length === 0);
