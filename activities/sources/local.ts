import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { describeIssues } from '../../core/describe-issues.ts';
import { paperFields, untold, type FoundPaper, type PaperFields } from '../../core/factory/paper.ts';
import type { QueryOf } from '../../core/factory/query.ts';
import { frontMatterOf } from '../papers/convert/front-matter.ts';
import { invalidInput } from '../failures.ts';
import { sighted, type Source } from './source.ts';

/** Beside papers, not papers. */
const NO_PAPER = /^(?:readme|source|license|licence|changelog|contributing)\b/i;
const METADATA = 'metadata.json';

/** Papers in a folder: PDFs, Markdown files, and one folder a paper (with what is known of it in `metadata.json`). */
export function localSource(root: string): Source<QueryOf<'local'>> {
  return {
    name: 'local',
    async *find({ folder, limit }) {
      const place = resolve(root, folder);
      if (!existsSync(place)) throw invalidInput(`there is no folder ${folder}`);
      let told = 0;
      for (const name of (await readdir(place)).toSorted()) {
        const paper = await paperAt(join(place, name), join(folder, name));
        if (!paper) continue;
        yield paper;
        told += 1;
        if (told >= limit) return;
      }
    },
  };
}

async function paperAt(path: string, from: string): Promise<FoundPaper | null> {
  if ((await stat(path)).isDirectory()) return folderPaper(path, from);
  return NO_PAPER.test(basename(path)) ? null : filePaper(path, from, {});
}

async function folderPaper(folder: string, from: string): Promise<FoundPaper | null> {
  const files = (await readdir(folder)).filter((name) => !NO_PAPER.test(name));
  const preferred = ['paper.md', 'paper.pdf'].find((name) => files.includes(name));
  const file = preferred ?? files.find((name) => ['.pdf', '.md'].includes(extname(name)));
  if (!file) return null;
  const pdf = files.includes('paper.pdf') ? { pdf: join(folder, 'paper.pdf') } : {};
  return filePaper(join(folder, file), from, { ...pdf, ...(await metadataIn(folder)) });
}

/** What somebody wrote down of a paper beside it. */
async function metadataIn(folder: string): Promise<Partial<PaperFields>> {
  const file = join(folder, METADATA);
  if (!existsSync(file)) return {};
  const given: unknown = JSON.parse(await readFile(file, 'utf8'));
  const parsed = paperFields.partial().safeParse(given);
  if (!parsed.success) throw invalidInput(`${file}: ${describeIssues(parsed.error, given)}`);
  return Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined));
}

/** A PDF tells its title only when it is read: until then the file's name stands for it. */
async function filePaper(path: string, from: string, known: Partial<PaperFields>): Promise<FoundPaper | null> {
  const name = basename(from).replace(/\.(?:pdf|md)$/i, '');
  const type = extname(path).toLowerCase();
  if (type !== '.pdf' && type !== '.md') return null;
  const said = type === '.md' ? frontMatterOf(await readFile(path, 'utf8')).fields : {};
  const place = type === '.md' ? { markdown: path } : { pdf: path };
  const fields = { ...untold(name), ...said, ...place, ...known };
  const found = sighted(fields, { source: 'local', name, from, retrievedAt: null });
  const titled = said.title !== undefined || known.title !== undefined;
  return titled ? found : { ...found, sighting: { ...found.sighting, missing: ['title', ...found.sighting.missing] } };
}
