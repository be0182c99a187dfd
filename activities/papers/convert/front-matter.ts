import { parse } from 'yaml';
import { z } from 'zod';
import { doiOf } from '../../../core/factory/identity.ts';
import type { PaperFields } from '../../../core/factory/paper.ts';

const author = z.union([z.string(), z.looseObject({ name: z.string() }).transform(({ name }) => name)]);
const head = z.looseObject({
  title: z.string().optional().catch(undefined),
  doi: z.string().optional().catch(undefined),
  date: z.unknown(),
  authors: z.array(author).optional().catch(undefined),
  author: z.array(author).optional().catch(undefined),
});

/** What a Markdown file says of itself at its head (YAML between `---`), and the text below. */
export function frontMatterOf(markdown: string): { fields: Partial<PaperFields>; body: string } {
  const block = /^\ufeff?---\r?\n([\s\S]*?)\r?\n(?:---|\.\.\.)\r?\n/.exec(markdown);
  const said = block ? head.safeParse(yaml(block[1] ?? '')) : undefined;
  if (!block || !said?.success) {
    const title = /^#\s+(.+)$/m.exec(markdown)?.[1]?.trim();
    return { fields: title ? { title } : {}, body: markdown };
  }
  const { title, doi, date, authors, author: one } = said.data;
  const year = /\b(?:19|20)\d{2}\b/.exec(dateText(date))?.[0];
  const fields: Partial<PaperFields> = {
    ...(title ? { title } : {}),
    ...(doi && doiOf(doi) ? { doi: doiOf(doi) } : {}),
    ...(year ? { year: Number(year) } : {}),
    authors: authors ?? one ?? [],
  };
  return { fields, body: markdown.slice(block[0].length) };
}

function dateText(date: unknown): string {
  if (date instanceof Date) return date.toISOString();
  return typeof date === 'string' || typeof date === 'number' ? String(date) : '';
}

/** What is no YAML says nothing. */
function yaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 20 });
  } catch {
    return null;
  }
}
