import type { Block } from './blocks.ts';
import type { ReadDocument } from './document.ts';
import { texOf } from './equations.ts';
import { isNumber, linesOf, type Line } from './lines.ts';
import { leadsTo, linksApart } from './links.ts';
import type { Box } from './page.ts';
import type { Region } from './regions.ts';
import { wordsOfLine, wordsOfPieces, writeWords, type Word } from './spell.ts';
import { cellsOf } from './tables.ts';

/** A part of a page that is drawn as a picture. */
export interface Picture {
  path: string;
  page: number;
  box: Box;
}

export interface Written {
  markdown: string;
  pictures: Picture[];
  counts: { tables: number; plainTables: number; figures: number; equations: number };
}

/** Writes a document as Markdown; its figures are pictures that are still to be drawn. */
export function writeDocument(document: ReadDocument): Written {
  const writer = createWriter(document);
  const written = document.blocks.map((block) => ({ page: block.page, text: writer.write(block) }));
  const markdown = withLinks(written, document.sheets)
    .filter((text) => text !== '')
    .join('\n\n');
  return { markdown: `${markdown}\n`, pictures: writer.pictures, counts: writer.counts };
}

/** After the last block of a page come the addresses that it leads to by what is no word of a text, such as a picture; each once. */
function withLinks(written: readonly { page: number; text: string }[], sheets: ReadDocument['sheets']): string[] {
  const last = new Map(written.map(({ page }, index) => [page, index]));
  const isThere = leadsTo(written.map(({ text }) => text).join('\n'));
  const told = new Set<string>();
  return written.flatMap(({ page, text }, index) => {
    const links = last.get(page) === index ? (sheets.find(({ number }) => number === page)?.links ?? []) : [];
    const apart = [...new Set(links.map(({ uri }) => uri))].filter((uri) => !told.has(uri) && !isThere(uri));
    for (const uri of apart) told.add(uri);
    return apart.length > 0 ? [text, linksApart(apart)] : [text];
  });
}

function createWriter({ blocks }: ReadDocument) {
  const pictures: Picture[] = [];
  const counts = { tables: 0, plainTables: 0, figures: 0, equations: 0 };
  const known = vocabularyOf(blocks);
  const join = (lines: readonly Line[], emphasis = true): string => writeWords(joinLines(lines, known), { emphasis });

  function write(block: Block): string {
    switch (block.type) {
      case 'title':
      case 'heading':
        return `${'#'.repeat(block.level)} ${join(block.lines, false)}`;
      case 'text':
        return join(block.lines);
      case 'note':
        return `> ${join(block.lines)}`;
      case 'equation':
        counts.equations += 1;
        return equation(block.line);
      case 'float':
        return float(block);
    }
  }

  function float({ region, caption, page }: Extract<Block, { type: 'float' }>): string {
    const words = join(caption);
    if (!region) return words;
    const below = (caption[0]?.y0 ?? 0) > region.y0;
    const parts =
      region.kind === 'figure'
        ? figure(region, words, page)
        : [region.kind === 'table' ? table(region) : listing(region)];
    return (below ? [...parts, words] : [words, ...parts]).filter((text) => text !== '').join('\n\n');
  }

  /** A picture, and what is written in it. */
  function figure(region: Region, caption: string, page: number): string[] {
    counts.figures += 1;
    const path = `assets/figure-${counts.figures}.png`;
    pictures.push({ path, page, box: region });
    const title = /^\W*(Fig\w*\.?\s*[\w.]*\d)/i.exec(caption.replaceAll('*', ''))?.[1] ?? `Figure on page ${page}`;
    const inside = plain(region);
    return [`![${title}](${path})`, ...(inside === '' ? [] : [`<!-- text in the figure: ${inside} -->`])];
  }

  function table(region: Region): string {
    counts.tables += 1;
    const cells = cellsOf(region);
    const columns = cells[0]?.length ?? 0;
    if (columns < 2) {
      counts.plainTables += 1;
      return fenced(cells.map((row) => row.join(' ')).join('\n'));
    }
    const row = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
    return [row(cells[0] ?? []), row(Array.from({ length: columns }, () => '---')), ...cells.slice(1).map(row)].join(
      '\n',
    );
  }

  return { write, pictures, counts };
}

function equation(line: Line): string {
  const number = line.pieces.find((piece) => isNumber([piece]) && line.pieces.length > 1);
  const tag = number
    ? ` \\tag{${number.glyphs
        .map(({ text }) => text)
        .join('')
        .slice(1, -1)}}`
    : '';
  return `$$\n${texOf({ ...line, pieces: line.pieces.filter((piece) => piece !== number) })}${tag}\n$$`;
}

/** An algorithm line by line, indented as it is set. */
function listing(region: Region): string {
  const lines = linesOf(region.pieces);
  const size = lines[0]?.size ?? 10;
  const left = Math.min(...lines.map(({ x0 }) => x0));
  const rows = new Map<number, Line[]>();
  for (const line of lines) {
    const key = [...rows.keys()].find((base) => Math.abs(base - line.base) < 0.4 * size) ?? line.base;
    rows.set(key, [...(rows.get(key) ?? []), line]);
  }
  const written = [...rows.values()].map((row) => {
    const words = row.toSorted((a, b) => a.x0 - b.x0).flatMap(wordsOfLine);
    const numbered = /^\d+:?$/.test(words[0]?.text ?? '');
    const body = numbered ? words.slice(1) : words;
    const indent = Math.max(0, Math.round(((body[0]?.x0 ?? left) - left) / (1.2 * size)));
    return `${numbered ? `${words[0]?.text} ` : ''}${'  '.repeat(indent)}${bare(body)}`;
  });
  return fenced(written.join('\n'));
}

/** Words without marks of Markdown, for where it is not read. */
const bare = (words: readonly Word[]): string =>
  words.map(({ text }) => text.replaceAll(/<\/?sup>/g, '').replaceAll(/\\([*$\\`<{}])/g, '$1')).join(' ');

const fenced = (text: string): string => `\`\`\`\n${text.replaceAll('```', "'''")}\n\`\`\``;

/** What is written in a figure, in the file's order. */
const plain = (region: Region): string =>
  bare(wordsOfPieces(region.pieces.toSorted((a, b) => a.order - b.order))).replaceAll('--', '- -');

/** Words of the document in the middle of lines: they tell whether a hyphen at a line's end belongs to the word. */
interface Vocabulary {
  plain: Set<string>;
  hyphened: Set<string>;
}

function vocabularyOf(blocks: readonly Block[]): Vocabulary {
  const known: Vocabulary = { plain: new Set(), hyphened: new Set() };
  for (const block of blocks) {
    if (!('lines' in block)) continue;
    for (const [index, line] of block.lines.entries()) {
      // The first word goes on from the line before, the last one may go on in the next.
      const goesOn = /[-‐]$/.test(wordsOfLine(block.lines[index - 1] ?? { ...line, pieces: [] }).at(-1)?.text ?? '');
      for (const word of wordsOfLine(line).slice(goesOn ? 1 : 0, -1)) {
        const text = word.text.toLowerCase().replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
        if (text.includes('-')) known.hyphened.add(text);
        for (const part of text.split('-')) known.plain.add(part);
      }
    }
  }
  return known;
}

/** The words of several lines; a word that a line's end divided is one again. */
function joinLines(lines: readonly Line[], known: Vocabulary): Word[] {
  const words: Word[] = [];
  for (const line of lines) {
    const [first, ...rest] = wordsOfLine(line);
    if (!first) continue;
    const last = words.at(-1);
    if (last && !last.maths && /[\p{L}\d][-‐]$/u.test(last.text) && !first.maths) {
      const [before, after] = [last.text.replace(/[-‐]$/, ''), first.text];
      const text = keepsHyphen(before, after, known) ? `${before}-${after}` : `${before}${after}`;
      words[words.length - 1] = { ...last, text };
    } else if (last && /(?:https?:\/\/|www\.)\S*[/.\-_]$/.test(last.text)) {
      words[words.length - 1] = { ...last, text: `${last.text}${first.text}` };
    } else words.push(first);
    words.push(...rest);
  }
  return words;
}

/** Words that are second halves of compounds far more often than ends of words. */
const TAILS =
  /^(?:aware|based|specific|free|level|wise|dependent|independent|driven|like|only|shot|step|layer|scale|dimensional|trained|tuned|art|end|time|size|world|class|order|term|source|line|hand|off|known|efficient|agnostic|guided|supervised|augmented|learned|to|of|in|by|the)$/;

function keepsHyphen(before: string, after: string, { plain, hyphened }: Vocabulary): boolean {
  const [a, b] = [before, after].map((part) =>
    part.toLowerCase().replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}-]+$/gu, ''),
  ) as [string, string];
  if (!/^\p{Ll}/u.test(after) || /\d$/.test(before) || a.includes('-')) return true;
  if (plain.has(`${a}${b}`)) return false;
  if (hyphened.has(`${a}-${b}`)) return true;
  return a.length > 3 && plain.has(a) && (plain.has(b) || TAILS.test(b));
}
