import { labelOf } from './captions.ts';
import { around, overlapY, type Box, type Glyph } from './page.ts';

/** Glyphs that follow each other on one line, without a wide gap. */
export interface Piece extends Box {
  glyphs: Glyph[];
  /** Of the baseline on which most of it stands. */
  base: number;
  size: number;
  order: number;
}

/** Pieces that stand on one line, from left to right; in a stack (a fraction, a sum with its limits) in the file's order. */
export interface Line extends Box {
  pieces: Piece[];
  base: number;
  size: number;
  /** More than one baseline. */
  stacked: boolean;
}

/** In ems: what separates words, and what separates columns, cells or notes. */
export const WORD_GAP = 0.12;
/** Where the file has white space of its own. */
export const WRITTEN_GAP = 0.04;
const PIECE_GAP = 1.3;
const LINE_GAP = 2.6;

/** The part of a line in which a glyph's letters stand, whatever letter it is. */
const band = ({ base, size }: { base: number; size: number }): Box => ({
  x0: 0,
  x1: 0,
  y0: base - 0.72 * size,
  y1: base + 0.22 * size,
});

/** Cuts the file's order of glyphs where it leaves a line. */
export function piecesOf(glyphs: readonly Glyph[]): Piece[] {
  const pieces: Piece[] = [];
  let run: Glyph[] = [];
  const close = (): void => {
    if (run.length > 0) pieces.push(pieceOf(run));
    run = [];
  };
  for (const glyph of glyphs) {
    const last = run.at(-1);
    if (last && !follows(last, glyph)) close();
    run.push(glyph);
  }
  close();
  return pieces;
}

function follows(last: Glyph, next: Glyph): boolean {
  const em = Math.max(last.size, next.size);
  const gap = next.x0 - last.x1;
  if (sameBox(last, next)) return true;
  if (last.turned && next.turned) return Math.abs(last.x0 - next.x0) < 0.5 * em && overlapY(last, next) > -1.3 * em;
  if (gap > PIECE_GAP * em || gap < -0.6 * em) return false;
  const [a, b] = [band(last), band(next)];
  return overlapY(a, b) >= 0.3 * Math.min(last.size, next.size);
}

/** The letters of a ligature share its box. */
export const sameBox = (a: Box, b: Box): boolean => a.x0 === b.x0 && a.x1 === b.x1 && a.y0 === b.y0;

/** Glyphs as one piece, with the baseline of its largest part. */
export function pieceOf(glyphs: Glyph[]): Piece {
  const sizes = new Map<string, { size: number; base: number; weight: number }>();
  for (const { size, base, x0, x1 } of glyphs) {
    const key = `${size.toFixed(1)} ${base.toFixed(1)}`;
    const entry = sizes.get(key) ?? { size, base, weight: 0 };
    // The largest letters are the line; scripts hang on to them.
    entry.weight += (x1 - x0) * size * size;
    sizes.set(key, entry);
  }
  const main = [...sizes.values()].reduce((a, b) => (b.weight > a.weight ? b : a));
  return { ...around(glyphs), glyphs, base: main.base, size: main.size, order: glyphs[0]?.order ?? 0 };
}

/** Joins pieces to lines, then what overlaps to stacks; from top to bottom, and from left to right where they stand side by side. */
export function linesOf(pieces: readonly Piece[]): Line[] {
  const lines: Line[] = [];
  for (const piece of pieces.toSorted((a, b) => a.base - b.base || a.x0 - b.x0)) {
    const home = lines.findLast((line) => onLine(line, piece));
    if (home) extend(home, piece);
    else lines.push({ ...piece, pieces: [piece], stacked: false });
  }
  return stack(joinSides(lines)).toSorted((a, b) => (sameHeight(a, b) ? a.x0 - b.x0 : a.base - b.base));
}

const sameHeight = (a: Line, b: Line): boolean => Math.abs(a.base - b.base) < 0.3 * Math.min(a.size, b.size);

function onLine(line: Line, piece: Piece): boolean {
  const em = Math.max(line.size, piece.size);
  if (Math.abs(line.base - piece.base) > 0.25 * em) return false;
  const gap = Math.max(piece.x0 - line.x1, line.x0 - piece.x1);
  // Captions beside each other stay apart.
  if (gap > 0.8 * em && (labelOf(piece) || line.pieces.some((other) => labelOf(other) && other.x0 > piece.x1)))
    return false;
  return gap < LINE_GAP * em || (piece.x0 > line.x1 && isNumber([piece]) && gap < 30 * em);
}

/** The number of an equation. */
export const isNumber = (pieces: readonly Piece[]): boolean =>
  /^\((?:[A-Z]\.?)?\d+(?:\.\d+)?[a-z]?\)$/.test(
    pieces.flatMap(({ glyphs }) => glyphs.map(({ text }) => text)).join(''),
  );

function extend(line: Line, piece: Piece): void {
  line.pieces.push(piece);
  line.pieces.sort((a, b) => a.x0 - b.x0);
  Object.assign(line, around([line, piece]));
  if (piece.size > line.size * 1.02) Object.assign(line, { size: piece.size, base: piece.base });
}

/** A line that grew from two sides may be two of the list. */
function joinSides(lines: readonly Line[]): Line[] {
  const joined: Line[] = [];
  for (const line of lines.toSorted((a, b) => a.x0 - b.x0)) {
    const home = joined.find((other) =>
      onLine(other, { ...line, glyphs: line.pieces.flatMap(({ glyphs }) => glyphs), order: 0 }),
    );
    if (home) for (const piece of line.pieces) extend(home, piece);
    else joined.push(line);
  }
  return joined;
}

/** What overlaps a line above or below belongs to it: numerators, limits, the parts of a case distinction. */
function stack(lines: readonly Line[]): Line[] {
  const stacks: Line[][] = [];
  for (const line of lines.toSorted((a, b) => a.base - b.base)) {
    const touching = stacks.filter((members) => members.some((other) => overlaps(other, line)));
    const rest = stacks.filter((members) => !touching.includes(members));
    stacks.splice(0, stacks.length, ...rest, [...touching.flat(), line]);
  }
  return stacks.map((members) => {
    const [only] = members;
    if (members.length === 1 && only) return only;
    const pieces = members.flatMap((line) => line.pieces).toSorted((a, b) => a.order - b.order);
    const main = members.reduce((a, b) => (weightOf(b) > weightOf(a) ? b : a));
    return { ...around(members), pieces, base: main.base, size: main.size, stacked: true };
  });
}

const weightOf = (line: Line): number => (line.x1 - line.x0) * line.size * line.size;

function overlaps(a: Line, b: Line): boolean {
  if (Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0) < -0.8 * Math.max(a.size, b.size)) return false;
  return overlapY(a.stacked ? a : inkOf(a), b.stacked ? b : inkOf(b)) > 0.25 * Math.min(a.size, b.size);
}

/** The band of a line, and what reaches far out of it, such as a large brace. */
function inkOf(line: Line): Box {
  const letters = band(line);
  const tall = line.y1 - line.y0 > 1.3 * line.size;
  return { ...line, y0: tall ? line.y0 : letters.y0, y1: tall ? line.y1 : letters.y1 };
}
