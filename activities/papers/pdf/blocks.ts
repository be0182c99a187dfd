import { isNumber, type Line } from './lines.ts';
import type { Box } from './page.ts';
import type { Region } from './regions.ts';
import { wordsOfLine, type Word } from './spell.ts';

/** A part of the document as it is read. */
export type Block =
  | { type: 'title' | 'heading'; lines: Line[]; page: number; level: number }
  | { type: 'text' | 'note'; lines: Line[]; page: number; column: Box }
  | { type: 'equation'; line: Line; page: number }
  | { type: 'float'; region: Region | null; caption: Line[]; page: number; label: string | null };

export interface Style {
  /** Of the running text. */
  size: number;
  /** Between two baselines of the running text. */
  leading: number;
}

/** Lines of a column, one below the other, as headings, paragraphs, notes and equations. */
export function blocksOf(
  lines: readonly Line[],
  place: { column: Box; page: number; rules: readonly Box[] },
  style: Style,
): Block[] {
  const blocks: Block[] = [];
  let open: Line[] = [];
  const notes = firstNote(lines, place, style);
  const close = (): void => {
    const [first] = open;
    if (!first) return;
    const type = lines.indexOf(first) >= notes ? 'note' : 'text';
    blocks.push({ type, lines: open, page: place.page, column: place.column });
    open = [];
  };
  lines.forEach((line, index) => {
    const inNotes = index >= notes;
    const level = inNotes ? 0 : headingLevel(line, style);
    const last = blocks.at(-1);
    if (
      open.length === 0 &&
      last?.type === 'equation' &&
      isNumber(line.pieces) &&
      line.y1 > last.line.y0 &&
      line.y0 < last.line.y1
    ) {
      last.line.pieces.push(...line.pieces);
    } else if (level > 0) {
      close();
      const before = blocks.at(-1);
      if (before?.type === 'heading' && continuesHeading(before, line)) before.lines.push(line);
      else blocks.push({ type: 'heading', lines: [line], page: place.page, level });
    } else if (!inNotes && isEquation(line, place.column)) {
      close();
      blocks.push({ type: 'equation', line, page: place.page });
    } else {
      if (begins(line, open, { ...place, style, note: inNotes })) close();
      open.push(line);
    }
  });
  close();
  return blocks;
}

const NUMBER = /^(?:(\d+(?:\.\d+)*)|([A-Z](?:\.\d+)*))\.?$/;
const NAMED =
  /^(?:abstract|introduction|related work|background|methods?|methodology|experiments?|results|discussion|conclusions?|limitations|references|bibliography|acknowledge?ments?|appendix|supplementary material|author contributions)$/i;

/** 2 for a section, 3 for a part of it; 0 for no heading. */
function headingLevel(line: Line, { size }: Style): number {
  const words = wordsOfLine(line);
  const [first] = words;
  if (!first || line.stacked || words.length > 16) return 0;
  const text = words.map((word) => word.text).join(' ');
  const number = NUMBER.exec(first.text);
  const large = line.size > size + 0.8;
  const bold = words.filter((word) => /[\p{L}]/u.test(word.text)).every((word) => word.bold);
  const named = NAMED.test(text.replace(/^[\dA-Z]+(?:\.\d+)*\.?\s+/, '').replace(/[.:]$/, ''));
  if (!/\p{L}{2}/u.test(text) || /[,;]$/.test(text)) return 0;
  if (number && words.length > 1 && (large || bold) && /^\p{Lu}/u.test(words[1]?.text ?? '')) {
    return Math.min(5, 1 + (number[1] ?? number[2] ?? '').split('.').length);
  }
  if (named && (large || bold)) return 2;
  if (large && /^[\p{Lu}\d([]/u.test(text) && line.size > size * 1.12) return 2;
  return bold && !/[.:?!]$/.test(text) && line.size >= size - 0.1 ? 4 : 0;
}

/** A heading's second line: as large, close below, and no number of its own. */
function continuesHeading(block: { lines: Line[] }, line: Line): boolean {
  const last = block.lines.at(-1);
  const [first] = wordsOfLine(line);
  return (
    last !== undefined &&
    Math.abs(last.size - line.size) < 0.3 &&
    line.base - last.base < 1.45 * line.size &&
    line.base - last.base > 0.5 * line.size &&
    !NUMBER.test(first?.text ?? '')
  );
}

/** Mostly mathematics, set apart from the margin. */
function isEquation(line: Line, column: Box): boolean {
  const words = wordsOfLine(line);
  const numbered = line.pieces.some((piece) => isNumber([piece]) && piece.x1 > column.x1 - 3 * line.size);
  const inner = words.filter((word) => !/^\((?:[A-Z]\.?)?\d+(?:\.\d+)?[a-z]?\)$/.test(word.text));
  const letters = (list: readonly Word[]): number => list.reduce((sum, word) => sum + word.text.length, 0);
  const share =
    letters(inner.filter((word) => word.maths || /^[\d.,+\-−=<>()[\]{}|/∑∫∏·×]+$/.test(word.text))) /
    Math.max(1, letters(inner));
  const indented = numbered || line.x0 > column.x0 + 1.5 * line.size;
  const relation = inner.some((word) => /[=<>≤≥≈∝←∈:]/.test(word.text));
  return (
    inner.length > 0 &&
    indented &&
    (numbered || (share > 0.55 && (relation || line.stacked)) || (line.stacked && share > 0.4))
  );
}

interface Context {
  column: Box;
  style: Style;
  note: boolean;
}

const LABEL = /^(?:\[[^\]]{1,40}\]?|\d{1,3}\.|\(?(?:[a-z]|[ivx]+|\d{1,2})\)|[•◦▪‣–—∙*-])$/u;

const firstWord = (line: Line | undefined): string => (line ? (wordsOfLine(line)[0]?.text ?? '') : '');

/** Whether a line begins a paragraph. */
function begins(line: Line, open: readonly Line[], { column, style, note }: Context): boolean {
  const last = open.at(-1);
  const [first] = open;
  if (!last || !first) return true;
  const em = style.size;
  if (Math.abs(line.size - last.size) > 0.7 && !line.stacked && !last.stacked) return true;
  const step = line.y0 - last.y1;
  if (step > 0.75 * style.leading || line.base - last.base > 1.7 * style.leading || line.base < last.base - em)
    return true;
  const label = LABEL.test(firstWord(line)) && line.x0 < first.x0 + 0.4 * em;
  if (label && LABEL.test(firstWord(first))) return true;
  if (/^[•◦▪‣∙]$/.test(firstWord(line))) return true;
  if (note && firstWord(line).startsWith('<sup>')) return true;
  // A hanging paragraph goes on further right; the next one begins where this one began.
  const hanging = (open[1]?.x0 ?? last.x0) > first.x0 + 0.6 * em && open.length > 1;
  if (hanging && line.x0 < last.x0 - 0.6 * em) return true;
  if (line.x0 > last.x0 + 0.6 * em)
    return !(open.length === 1 && (LABEL.test(firstWord(first)) || firstWord(first).startsWith('[')));
  return isShort(last, column, em) && opensSentence(line) && endsSentence(last);
}

/** A line that ends well before the margin. */
export const isShort = (line: Line, column: Box, em: number): boolean => line.x1 < column.x1 - 1.8 * em;
const textOf = (line: Line): string =>
  wordsOfLine(line)
    .map(({ text }) => text)
    .join(' ');
const opensSentence = (line: Line): boolean => !/^[\p{Ll},.;)]/u.test(firstWord(line));
export const endsSentence = (line: Line): boolean => /[.:?!)”"\]}]$|\.<sup>.*<\/sup>$/.test(textOf(line));

/** Where the notes of a column begin: small print at its foot, below a short rule or with a raised mark. */
function firstNote(
  lines: readonly Line[],
  { column, rules }: { column: Box; rules: readonly Box[] },
  { size }: Style,
): number {
  let first = lines.length;
  while (first > 0 && (lines[first - 1]?.size ?? size) < size - 0.55) first -= 1;
  for (let index = first; index < lines.length; index += 1) {
    const line = lines[index];
    if (!line) continue;
    const above = lines[index - 1]?.base ?? 0;
    const short = rules.some(
      (rule) =>
        rule.y0 > above &&
        rule.y0 < line.y1 &&
        rule.y0 > line.y0 - 2.5 * size &&
        Math.abs(rule.x0 - column.x0) < 4 &&
        rule.x1 - rule.x0 < 0.6 * (column.x1 - column.x0),
    );
    if (short || firstWord(line).startsWith('<sup>')) return index;
  }
  return lines.length;
}
