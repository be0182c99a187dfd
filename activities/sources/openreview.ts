import { z } from 'zod';
import { arxivIdOf } from '../../core/factory/identity.ts';
import { untold, type FoundPaper } from '../../core/factory/paper.ts';
import type { QueryOf } from '../../core/factory/query.ts';
import { oneLine } from '../../core/factory/text.ts';
import { addressesIn } from './arxiv.ts';
import { sighted, type Source } from './source.ts';

export const OPENREVIEW_PACE = 1000;
const PAGE = 200;

export interface OpenReviewServers {
  /** The API of venues from about 2023 on, and the one before it. */
  current: string;
  earlier: string;
  /** Where PDFs are. */
  site: string;
}

/** Accepted papers of a venue and year. Both generations of OpenReview's API are asked: a venue is in one of them. */
export function openReviewSource(servers: OpenReviewServers, pace = OPENREVIEW_PACE): Source<QueryOf<'openreview'>> {
  return {
    name: 'openreview',
    async *find({ venue, year, track, limit }, { ask }) {
      const venueid = `${venue}/${year}/${track}`;
      for (const server of [servers.current, servers.earlier]) {
        let told = 0;
        for (let offset = 0; told < limit; offset += PAGE) {
          const parameters = new URLSearchParams({
            'content.venueid': venueid,
            limit: String(PAGE),
            offset: String(offset),
          });
          const url = `${server}/notes?${parameters.toString()}`;
          const { body, retrievedAt } = await ask({ url, pace });
          const notes = notesOf(body);
          for (const note of notes.slice(0, limit - told))
            yield paperOf(note, { year, site: servers.site, from: url, retrievedAt });
          told += notes.length;
          if (notes.length < PAGE) break;
        }
        if (told > 0) return;
      }
    },
  };
}

/** A field is a value, or an object that holds it. */
const field = z
  .union([z.object({ value: z.unknown() }), z.unknown()])
  .transform((given) => (isHolder(given) ? given.value : given));
const isHolder = (given: unknown): given is { value: unknown } =>
  typeof given === 'object' && given !== null && 'value' in given;
const note = z.object({
  id: z.string(),
  forum: z.string().optional(),
  license: z.string().nullish(),
  content: z.record(z.string(), field),
});
type Note = z.infer<typeof note>;

function notesOf(body: Buffer): Note[] {
  const parsed = z.object({ notes: z.array(note) }).safeParse(JSON.parse(body.toString('utf8') || '{"notes":[]}'));
  if (!parsed.success) throw new Error('OpenReview answered what is not understood', { cause: parsed.error });
  return parsed.data.notes;
}

function paperOf(
  { id, forum, license, content }: Note,
  { year, site, from, retrievedAt }: { year: number; site: string; from: string; retrievedAt: string },
): FoundPaper {
  const name = forum ?? id;
  const string = (key: string): string | null => {
    const value = content[key];
    return typeof value === 'string' && value.trim() !== '' ? oneLine(value) : null;
  };
  const authors = content['authors'];
  const pdf = string('pdf');
  const fields = {
    ...untold(string('title') ?? name),
    authors: Array.isArray(authors) ? authors.filter((author) => typeof author === 'string') : [],
    abstract: string('abstract'),
    year,
    venue: string('venue'),
    arxivId: arxivIdOf(string('_bibtex') ?? ''),
    openReviewId: name,
    licence: license ?? null,
    pdf: pdf === null ? null : pdf.startsWith('/') ? `${site}${pdf}` : pdf,
    code: addressesIn(
      ['code', 'code_link', 'code_URL', 'software', 'abstract', 'TL;DR'].map((key) => string(key) ?? '').join(' '),
    ),
  };
  return sighted(fields, { source: 'openreview', name, from, retrievedAt });
}
