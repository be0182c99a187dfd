import { z } from 'zod';

const limit = z.number().int().min(1).max(20_000).default(1000).describe('at most this many papers');

/** Where papers are looked for. */
export const sourceQuery = z.discriminatedUnion('source', [
  z.strictObject({
    source: z.literal('local'),
    folder: z.string().min(1).describe('holds PDFs, Markdown files, or one folder a paper; relative to the checkout'),
    limit,
  }),
  z
    .strictObject({
      source: z.literal('arxiv'),
      query: z.string().min(1).optional().describe("in arXiv's query language, such as `cat:cs.LG AND ti:pruning`"),
      ids: z.array(z.string()).optional().describe('such as `2604.23256`'),
      limit,
    })
    .refine(({ query, ids }) => query !== undefined || ids !== undefined, 'must have a query or ids'),
  z.strictObject({
    source: z.literal('openreview'),
    venue: z
      .string()
      .regex(/^[\w.-]+(?:\/[\w.-]+)*$/)
      .describe('such as `ICLR.cc`, `NeurIPS.cc` or `ICML.cc`'),
    year: z.number().int().min(2013).max(2200),
    track: z.string().default('Conference').describe('the part after the year'),
    limit,
  }),
  z
    .strictObject({
      source: z.literal('semantic-scholar'),
      citationsOf: z.string().min(1).optional().describe('papers that cite this one (`arXiv:…`, `DOI:…` or an id)'),
      referencesOf: z.string().min(1).optional().describe('papers that this one cites'),
      ids: z.array(z.string()).optional(),
      about: z.literal('found').optional().describe('what it knows of the papers that the sources before it have told'),
      limit,
    })
    .refine(
      ({ citationsOf, referencesOf, ids, about }) =>
        [citationsOf, referencesOf, ids, about].filter((one) => one !== undefined).length === 1,
      'must have exactly one of citationsOf, referencesOf, ids and about',
    ),
]);
export type SourceQuery = z.infer<typeof sourceQuery>;
export type QueryOf<Name extends SourceQuery['source']> = Extract<SourceQuery, { source: Name }>;
