import { copyFile, lstat, mkdir, readFile, realpath } from 'node:fs/promises';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { frontMatterOf } from './front-matter.ts';
import { qualityOf, type Converted } from './job.ts';

const PICTURES = new Set(['.png', '.jpg', '.jpeg', '.gif', '.svg', '.webp', '.pdf']);
const PICTURE = /(!\[[^\]]*\]\()([^)\s]+)([^)]*\))/g;

/** A Markdown file as `paper.md`: its head becomes title and authors, the pictures it shows become assets. */
export async function convertMarkdown(file: string, folder: string): Promise<Converted> {
  const { fields, body } = frontMatterOf(await readFile(file, 'utf8'));
  const names = new Map<string, string>();
  const notes: string[] = [];
  for (const [, , link = ''] of body.matchAll(PICTURE)) {
    if (/^[a-z]+:/i.test(link) || names.has(link)) continue;
    const name = await adopt({ file, link, folder, taken: [...names.values()] });
    if (name === null) notes.push(`the picture ${link} is not there`);
    else names.set(link, name);
  }
  const shown = body.replaceAll(PICTURE, (...[whole, before, link = '', after]: string[]) =>
    names.has(link) ? `${before}assets/${names.get(link)}${after}` : (whole ?? ''),
  );
  const { title, authors = [] } = fields;
  const above = [
    title === undefined || shown.includes(`# ${title}`) ? '' : `# ${title}\n\n`,
    authors.length > 0 ? `${authors.join(', ')}\n\n` : '',
  ];
  const markdown = `${above.join('')}${shown.trim()}\n`;
  return { markdown, pages: 0, quality: qualityOf(markdown), notes };
}

/** Copies a picture that lies within the paper's folder; null for any other. */
async function adopt(of: { file: string; link: string; folder: string; taken: string[] }): Promise<string | null> {
  const home = await realpath(dirname(of.file));
  const path = resolve(home, of.link);
  if (relative(home, path).startsWith('..') || !PICTURES.has(extname(path).toLowerCase())) return null;
  const found = await lstat(path).catch(() => null);
  // Links lead out of the folder.
  if (!found?.isFile() || (await realpath(path)) !== path) return null;
  const plain =
    path
      .split('/')
      .at(-1)
      ?.replaceAll(/[^\w.-]+/g, '-') ?? 'figure';
  const name = of.taken.includes(plain) ? `${of.taken.length}-${plain}` : plain;
  await mkdir(join(of.folder, 'assets'), { recursive: true });
  await copyFile(path, join(of.folder, 'assets', name));
  return name;
}
