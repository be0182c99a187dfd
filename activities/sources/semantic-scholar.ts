import { z } from 'zod';
import { untold, type FoundPaper } from '../../core/factory/paper.ts';
import type { QueryOf } from '../../core/factory/query.ts';
import { oneLine } from '../../core/factory/text.ts';
import type { Ask } from './asking.ts';
import { sighted, type Source } from './source.ts';

/** With a key one request in a second; without one all users together share what there is. */
export const SEMANTIC_SCHOLAR_PACE = 1100;
const FIELDS = 'title,abstract,year,venue,externalIds,citationCount,openAccessPdf,authors.name';
const PAGE = 500;
const BATCH = 400;

export interface SemanticScholar {
  server: string;
  key?: string | undefined;
  pace?: number;
}

/** Citations and references of a paper, papers by their ids, or what is known of the papers found so far. */
export function semanticScholarSource(access: SemanticScholar): Source<QueryOf<'semantic-scholar'>> {
  return {
    name: 'semantic-scholar',
    async *find({ citationsOf, referencesOf, ids, limit }, { ask, found }) {
      let told = 0;
      const papers =
        citationsOf !== undefined
          ? related(access, ask, { of: citationsOf, side: 'citations' })
          : referencesOf !== undefined
            ? related(access, ask, { of: referencesOf, side: 'references' })
            : batch(access, ask, ids ?? namesOf(found));
      for await (const paper of papers) {
        yield paper;
        told += 1;
        if (told >= limit) return;
      }
    },
  };
}

/** What papers are called there. */
const namesOf = (found: readonly FoundPaper[]): string[] => [
  ...new Set(
    found.flatMap(({ fields: { arxivId, doi, semanticScholarId } }) =>
      semanticScholarId ? [semanticScholarId] : arxivId ? [`ARXIV:${arxivId}`] : doi ? [`DOI:${doi}`] : [],
    ),
  ),
];

const paperSchema = z.object({
  paperId: z.string().nullable(),
  title: z.string().nullish(),
  abstract: z.string().nullish(),
  year: z.number().int().nullish(),
  venue: z.string().nullish(),
  citationCount: z.number().int().nullish(),
  externalIds: z.record(z.string(), z.unknown()).nullish(),
  openAccessPdf: z.object({ url: z.string().nullish(), license: z.string().nullish() }).nullish(),
  authors: z.array(z.object({ name: z.string().nullish() })).nullish(),
});
type Paper = z.infer<typeof paperSchema>;

async function* related(
  { server, key, pace = SEMANTIC_SCHOLAR_PACE }: SemanticScholar,
  ask: Ask,
  { of, side }: { of: string; side: 'citations' | 'references' },
): AsyncGenerator<FoundPaper> {
  const page = z.object({
    next: z.number().nullish(),
    data: z.array(z.object({ citingPaper: paperSchema.optional(), citedPaper: paperSchema.optional() })).nullish(),
  });
  for (let offset: number | null = 0; offset !== null;) {
    const parameters = new URLSearchParams({ fields: FIELDS, limit: String(PAGE), offset: String(offset) });
    const url = `${server}/graph/v1/paper/${encodeURIComponent(of)}/${side}?${parameters.toString()}`;
    const { body, retrievedAt, status } = await ask({ url, pace, ...withKey(key) });
    if (status !== 200) return;
    const { data, next }: z.infer<typeof page> = understood(page, body);
    for (const { citingPaper, citedPaper } of data ?? []) {
      const paper = paperOf(citingPaper ?? citedPaper ?? null, { from: url, retrievedAt });
      if (paper) yield paper;
    }
    offset = next ?? null;
  }
}

async function* batch(
  { server, key, pace = SEMANTIC_SCHOLAR_PACE }: SemanticScholar,
  ask: Ask,
  ids: readonly string[],
): AsyncGenerator<FoundPaper> {
  for (let start = 0; start < ids.length; start += BATCH) {
    const url = `${server}/graph/v1/paper/batch?fields=${FIELDS}`;
    const { body, retrievedAt } = await ask({
      url,
      body: { ids: ids.slice(start, start + BATCH) },
      pace,
      ...withKey(key),
    });
    for (const one of understood(z.array(paperSchema.nullable()), body)) {
      const paper = paperOf(one, { from: url, retrievedAt });
      if (paper) yield paper;
    }
  }
}

const withKey = (key: string | undefined) =>
  key ? { headers: { 'x-api-key': key }, keyFrom: 'SEMANTIC_SCHOLAR_API_KEY' } : {};

function understood<T>(schema: z.ZodType<T>, body: Buffer): T {
  const parsed = schema.safeParse(JSON.parse(body.toString('utf8')));
  if (!parsed.success) throw new Error('Semantic Scholar answered what is not understood', { cause: parsed.error });
  return parsed.data;
}

/** Null for what it lists without knowing it. */
function paperOf(paper: Paper | null, { from, retrievedAt }: { from: string; retrievedAt: string }): FoundPaper | null {
  if (!paper?.paperId || !paper.title) return null;
  const { externalIds, openAccessPdf } = paper;
  const id = (name: string): string | null => {
    const value = externalIds?.[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const fields = {
    ...untold(oneLine(paper.title)),
    authors: (paper.authors ?? []).flatMap(({ name }) => name ?? []),
    abstract: paper.abstract ? oneLine(paper.abstract) : null,
    year: paper.year ?? null,
    venue: paper.venue || null,
    doi: id('DOI')?.toLowerCase() ?? null,
    arxivId: id('ArXiv'),
    semanticScholarId: paper.paperId,
    citations: paper.citationCount ?? null,
    licence: openAccessPdf?.license ?? null,
    pdf: openAccessPdf?.url || null,
  };
  return sighted(fields, { source: 'semantic-scholar', name: paper.paperId, from, retrievedAt });
}
