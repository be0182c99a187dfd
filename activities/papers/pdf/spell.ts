import { sameBox, WORD_GAP, WRITTEN_GAP, type Line, type Piece } from './lines.ts';
import { linkTo } from './links.ts';
import type { Glyph } from './page.ts';

/** A word as it will be written. */
export interface Word {
  /** Markdown, without emphasis. */
  text: string;
  x0: number;
  x1: number;
  maths: boolean;
  bold: boolean;
  italic: boolean;
  mono: boolean;
  /** The address that it leads to. */
  link?: string;
}

type Level = 'line' | 'up' | 'down';

/** The words of a line, from left to right. */
export const wordsOfLine = (line: Line): Word[] => wordsOfPieces(line.pieces);

export function wordsOfPieces(pieces: readonly Piece[]): Word[] {
  const words: Word[] = [];
  let open: { glyph: Glyph; level: Level }[] = [];
  const close = (): void => {
    if (open.length > 0) words.push(wordOf(open));
    open = [];
  };
  for (const piece of pieces) {
    for (const glyph of piece.glyphs) {
      const last = open.at(-1)?.glyph;
      if (last && !sameBox(last, glyph) && isGap(last, glyph)) close();
      open.push({ glyph, level: levelOf(glyph, piece) });
    }
  }
  close();
  return words;
}

/** White space that was left, or a step to somewhere else; less of it suffices where the file itself has a space. */
function isGap(last: Glyph, next: Glyph): boolean {
  const em = Math.max(last.size, next.size);
  const gap = next.x0 - last.x1;
  if (last.turned && next.turned) {
    return (
      next.spaced ||
      Math.abs(last.x0 - next.x0) > 0.5 * em ||
      Math.max(last.y0 - next.y1, next.y0 - last.y1) > 0.25 * em
    );
  }
  if (Math.abs(last.base - next.base) > 0.9 * em && !last.raw && !next.raw) return true;
  const written = next.spaced && Math.abs(last.size - next.size) < 0.5 && /[\p{L}\p{N}([]/u.test(next.text);
  return gap > (written ? WRITTEN_GAP : WORD_GAP) * em || gap < -2 * em;
}

/** Pieces as TeX, without dollars. */
export const texOfPieces = (pieces: readonly Piece[]): string =>
  wordsOfPieces(pieces)
    .map(({ text }) =>
      text
        .replaceAll('<sup>', '^{')
        .replaceAll('</sup>', '}')
        .replaceAll(/\\([*$])/g, '$1'),
    )
    .join(' ')
    .replaceAll(/ (?=[_^]\{)/g, '');

/** A small letter above or below the line. */
export function levelOf(glyph: Glyph, { base, size }: { base: number; size: number }): Level {
  if (glyph.size > 0.86 * size) return 'line';
  const drop = (glyph.base - base) / size;
  if (drop < -0.12) return 'up';
  return drop > 0.04 ? 'down' : 'line';
}

function wordOf(glyphs: readonly { glyph: Glyph; level: Level }[]): Word {
  const all = glyphs.map(({ glyph }) => glyph);
  const [first] = all;
  const last = all.at(-1);
  const onLine = glyphs.filter(({ level }) => level === 'line').map(({ glyph }) => glyph);
  const letters = onLine.filter(({ text }) => /[\p{L}\p{N}]/u.test(text));
  const share = (test: (glyph: Glyph) => boolean): boolean => letters.length > 0 && letters.every(test);
  const note = isNote(glyphs);
  const [link] = all.flatMap((glyph) => glyph.link ?? []);
  const leads = link !== undefined && 2 * all.filter((glyph) => glyph.link === link).length > all.length;
  const maths = !note && (all.some((glyph) => glyph.maths && /\S/.test(glyph.text)) || onLine.length < all.length);
  return {
    text: unstyled(spell(glyphs, note)),
    x0: first?.x0 ?? 0,
    x1: last?.x1 ?? 0,
    maths,
    bold: share(({ bold }) => bold),
    italic: share(({ italic }) => italic),
    mono: share(({ mono }) => mono),
    ...(leads ? { link } : {}),
  };
}

/** Letters of mathematics in their own styles are plain ones: between dollars those are set so. */
const unstyled = (text: string): string =>
  text.replaceAll(/[\u{1d400}-\u{1d7ff}]/gu, (letter) => letter.normalize('NFKC'));

/** A word with a mark of a note: letters, then raised digits or signs. */
function isNote(glyphs: readonly { glyph: Glyph; level: Level }[]): boolean {
  const raised = glyphs.filter(({ level }) => level === 'up');
  if (raised.length === 0 || glyphs.some(({ level }) => level === 'down')) return false;
  const line = glyphs.filter(({ level }) => level === 'line');
  const before = line.map(({ glyph }) => glyph.text).join('');
  if (line.some(({ glyph }) => glyph.maths)) return false;
  if (!raised.every(({ glyph }) => /^[\d*†‡§¶,a-z]$/.test(glyph.text))) return false;
  return before === '' || /\p{L}{2}|[\])”"'.,;]$/u.test(before);
}

/** Letters with their scripts: `x_{i}^{2}`, or a note's mark `<sup>1</sup>`. */
function spell(glyphs: readonly { glyph: Glyph; level: Level }[], note: boolean): string {
  let text = '';
  let at: Level = 'line';
  const leave = (): void => {
    if (at !== 'line') text += note ? '</sup>' : '}';
    at = 'line';
  };
  for (const [index, { glyph, level }] of glyphs.entries()) {
    if (level !== at) {
      leave();
      if (level !== 'line') text += note ? '<sup>' : level === 'up' ? '^{' : '_{';
      at = level;
    }
    text += glyph.raw ? glyph.text : escape(glyph.text, glyphs[index + 1]?.glyph.text);
  }
  leave();
  return text;
}

/** What Markdown would read as its own. */
const escape = (text: string, next = ''): string =>
  text === '<' && /[\p{L}/!]/u.test(next) ? '\\<' : text.replace(/[*$\\`{}]/g, (sign) => `\\${sign}`);

/** Words as Markdown: mathematics between dollars, emphasis around whole words, links around all that lead to one address. */
export function writeWords(words: readonly Word[], { emphasis = true }: { emphasis?: boolean } = {}): string {
  const parts: string[] = [];
  let start = 0;
  while (start < words.length) {
    const link = words[start]?.link;
    const next = words.findIndex((word, index) => index > start && word.link !== link);
    const end = next < 0 ? words.length : next;
    const text = writeStyles(words.slice(start, end), emphasis);
    parts.push(link === undefined || !emphasis ? text : linkTo(text, link));
    start = end;
  }
  // What closes follows at once, however wide a script is set.
  return parts.join(' ').replaceAll(/(\$|<\/sup>) (?=[).,;:\]])/g, '$1');
}

function writeStyles(words: readonly Word[], emphasis: boolean): string {
  const parts: string[] = [];
  let index = 0;
  while (index < words.length) {
    const word = words[index];
    if (!word) break;
    const end = runEnd(words, index);
    const run = words.slice(index, end);
    const text = run.map((one) => one.text).join(' ');
    if (word.maths || run.some((one) => one.maths)) parts.push(dollars(text));
    else if (emphasis) parts.push(marked(text, word));
    else parts.push(text);
    index = end;
  }
  return parts.join(' ');
}

/** As far as the words are written alike; signs and numbers between two words of mathematics belong to it. */
function runEnd(words: readonly Word[], start: number): number {
  const first = words[start];
  let end = start + 1;
  if (first && (first.maths || opensMaths(words, start))) {
    for (let next = end; next < words.length; next += 1) {
      const [word, before] = [words[next], words[next - 1]];
      if (!word || !before || /[.;:]$/.test(before.text)) break;
      if (/^\([^)]*$/.test(word.text) && !OPEN_END.test(before.text)) break;
      if (!word.maths && !SIGNS.test(word.text)) break;
      // A number after a sign is its other side.
      if (word.maths || OPEN_END.test(before.text)) end = next + 1;
    }
    return end;
  }
  while (end < words.length) {
    const word = words[end];
    if (!word || word.maths || opensMaths(words, end) || !first) break;
    if (styleOf(word) !== styleOf(first) && /[\p{L}\p{N}]/u.test(word.text)) break;
    end += 1;
  }
  return end;
}

const SIGNS = /^[\d.,+\-−–=<>≤≥±×·/()[\]|{}:;%]+$/;
const OPEN_END = /[+\-−=<>≤≥≈∼±×·/∈,(]$/;

/** A number before a sign of mathematics belongs to it, as in `21 × 21`. */
const opensMaths = (words: readonly Word[], index: number): boolean => {
  const [word, next] = [words[index], words[index + 1]];
  return (
    /^[\d.,]*\d$/.test(word?.text ?? '') && next !== undefined && next.maths && /^[+\-−=<>≤≥≈±×·/∈]/.test(next.text)
  );
};

const styleOf = ({ bold, italic, mono }: Word): string => `${bold} ${italic} ${mono}`;

/** Punctuation that ends the sentence stays outside. */
function dollars(text: string): string {
  const [, opening = '', inner = '', closing = ''] = /^([(“"]?)(.*?)([.,;:)”"]*)$/s.exec(text) ?? [];
  const balanced = count(inner, '(') === count(inner, ')');
  const formula = (balanced ? inner : text)
    .replaceAll('\\*', '*')
    .replaceAll('\\<', '<')
    .replaceAll(/ (?=[_^]\{)/g, '')
    .replaceAll('/∈', '∉')
    .replaceAll(/∈\s*\/|̸\s*∈/g, '∉')
    .replaceAll(/̸\s*=|=\s*̸/g, '≠')
    .trim();
  if (!/[\p{L}\p{N}\p{S}]/u.test(formula)) return text;
  return balanced ? `${opening}$${formula}$${closing}` : `$${formula}$`;
}

const count = (text: string, sign: string): number => text.split(sign).length - 1;

function marked(text: string, { bold, italic, mono }: Word): string {
  if (mono) return /`/.test(text) ? text : `\`${text.replace(/\\([*$\\<])/g, '$1')}\``;
  if (!/[\p{L}\p{N}]/u.test(text)) return text;
  const sign = bold && italic ? '***' : bold ? '**' : italic ? '*' : '';
  const [, before = '', inner = '', after = ''] = /^([(“"[]*)(.*?)([.,;:)”"\]]*)$/s.exec(text) ?? [];
  // A bracket that was opened within stays within.
  const whole = count(inner, '(') > count(inner, ')') && after.startsWith(')');
  return whole ? `${before}${sign}${inner})${sign}${after.slice(1)}` : `${before}${sign}${inner}${sign}${after}`;
}
