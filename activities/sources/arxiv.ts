import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import { repositoryOf } from '../../core/factory/addresses.ts';
import { arxivIdOf, doiOf } from '../../core/factory/identity.ts';
import { untold, type FoundPaper } from '../../core/factory/paper.ts';
import type { QueryOf } from '../../core/factory/query.ts';
import { oneLine } from '../../core/factory/text.ts';
import { sighted, type Source } from './source.ts';

/** arXiv asks for at most one request in three seconds, from all of a user's machines together. */
export const ARXIV_PACE = 3000;
const PAGE = 100;

/** arXiv's query API (Atom). It knows neither citations nor licences. */
export function arxivSource(server: string, pace = ARXIV_PACE): Source<QueryOf<'arxiv'>> {
  return {
    name: 'arxiv',
    async *find({ query, ids, limit }, { ask }) {
      let told = 0;
      for (const parameters of requestsFor({ query, ids, limit })) {
        const url = `${server}/api/query?${new URLSearchParams(parameters).toString()}`;
        const { body, retrievedAt } = await ask({ url, pace });
        const entries = entriesOf(body.toString('utf8'));
        for (const entry of entries) {
          const paper = paperOf(entry, { from: url, retrievedAt });
          if (!paper) continue;
          yield paper;
          told += 1;
          if (told >= limit) return;
        }
        if (entries.length === 0) return;
      }
    },
  };
}

function* requestsFor({
  query,
  ids,
  limit,
}: Pick<QueryOf<'arxiv'>, 'query' | 'ids' | 'limit'>): Generator<Record<string, string>> {
  const chunk = ids ? ids.length : limit;
  for (let start = 0; start < chunk; start += PAGE) {
    const size = String(Math.min(PAGE, chunk - start));
    const listed = ids?.slice(start, start + PAGE).map((id) => arxivIdOf(id) ?? id);
    const asked: Record<string, string> = query === undefined ? {} : { search_query: query };
    if (listed) yield { ...asked, id_list: listed.join(','), max_results: size };
    else yield { ...asked, start: String(start), max_results: size, sortBy: 'submittedDate', sortOrder: 'descending' };
  }
}

const text = z.union([z.string(), z.number()]).transform(String);
const link = z.object({ href: text.optional(), title: text.optional(), type: text.optional() });
const entrySchema = z.object({
  id: text,
  title: text,
  summary: text.optional(),
  published: text.optional(),
  author: z.array(z.object({ name: text })).optional(),
  link: z.array(link).optional(),
  doi: text.optional(),
  journal_ref: text.optional(),
  comment: text.optional(),
});
type Entry = z.infer<typeof entrySchema>;
/** A feed without anything in it is read as an empty text. */
const nothing = z.literal('').transform(() => ({ entry: undefined }));
const feed = z.object({ feed: z.union([nothing, z.object({ entry: z.array(entrySchema).optional() })]) });

function entriesOf(xml: string): Entry[] {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    removeNSPrefix: true,
    parseTagValue: false,
    parseAttributeValue: false,
    isArray: (name) => ['entry', 'author', 'link'].includes(name),
  });
  const parsed = feed.safeParse(parser.parse(xml));
  if (!parsed.success) throw new Error('arXiv answered what is not understood', { cause: parsed.error });
  return parsed.data.feed.entry ?? [];
}

/** An entry without an id of a paper is the API's way to report an error. */
function paperOf(entry: Entry, { from, retrievedAt }: { from: string; retrievedAt: string }): FoundPaper | null {
  const arxivId = arxivIdOf(entry.id.replace(/^.*\/abs\//, ''));
  if (!arxivId) return null;
  const year = Number(entry.published?.slice(0, 4));
  const pdf = entry.link?.find(({ title }) => title === 'pdf')?.href ?? `https://arxiv.org/pdf/${arxivId}`;
  const fields = {
    ...untold(oneLine(entry.title)),
    authors: entry.author?.map(({ name }) => oneLine(name)) ?? [],
    abstract: entry.summary ? oneLine(entry.summary) : null,
    year: Number.isInteger(year) && year > 1900 ? year : null,
    venue: entry.journal_ref ? oneLine(entry.journal_ref) : null,
    doi: entry.doi ? doiOf(entry.doi) : null,
    arxivId,
    // arXiv asks programs to use this mirror of its.
    pdf: pdf.replace(/^https?:\/\/arxiv\.org\//, 'https://export.arxiv.org/'),
    code: addressesIn(`${entry.comment ?? ''} ${entry.summary ?? ''}`),
  };
  return sighted(fields, { source: 'arxiv', name: arxivId, from, retrievedAt });
}

/** Repositories that a text names. */
export const addressesIn = (words: string): string[] => [
  ...new Set((words.match(/\bhttps?:\/\/[^\s<>()"'{}]+/g) ?? []).flatMap((address) => repositoryOf(address) ?? [])),
];
