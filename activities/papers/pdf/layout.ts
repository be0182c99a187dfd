import type { Piece } from './lines.ts';
import { width, type Box, type Page } from './page.ts';

/** A page with its glyphs in pieces. */
export interface Sheet extends Page {
  pieces: Piece[];
}

/** How a document is set. */
export interface Setting {
  /** The size of most letters. */
  size: number;
  /** Columns of each page, by its number. */
  columns: Map<number, Box[]>;
}

/** A page's parts in the order in which they are read: each column alone, cut by what spans them. */
export interface Band<Part> {
  column: Box;
  pieces: Piece[];
  parts: Part[];
}

/** Measures the size of the text and the columns of each page. */
export function settingOf(sheets: readonly Sheet[]): Setting {
  const size = bodySize(sheets);
  const isBody = (piece: Piece): boolean => Math.abs(piece.size - size) < 0.6 && width(piece) > 3 * size;
  const all = sheets.flatMap((sheet) => sheet.pieces.filter(isBody));
  const common = gutterOf(all);
  const columns = new Map<number, Box[]>();
  for (const sheet of sheets) {
    const here = sheet.pieces.filter(isBody);
    const split = common !== null && (here.length < 6 || isGutter(here, common));
    const pieces = here.length < 6 ? all : here;
    columns.set(sheet.number, split ? sidesOf(pieces, common, all) : [extentOf(pieces, all)]);
  }
  return { size, columns };
}

function bodySize(sheets: readonly Sheet[]): number {
  const weights = new Map<number, number>();
  for (const { pieces } of sheets) {
    for (const { size, glyphs } of pieces) {
      const key = Math.round(size * 5) / 5;
      weights.set(key, (weights.get(key) ?? 0) + glyphs.length);
    }
  }
  return [...weights].reduce((a, b) => (b[1] > a[1] ? b : a), [10, 0])[0];
}

/** Where hardly anything crosses near the middle, or null for one column. */
function gutterOf(pieces: readonly Piece[]): number | null {
  if (pieces.length < 10) return null;
  const [left, right] = [
    quantile(
      pieces.map(({ x0 }) => x0),
      0.05,
    ),
    quantile(
      pieces.map(({ x1 }) => x1),
      0.95,
    ),
  ];
  const cover = coverage(pieces);
  const most = Math.max(...cover.values());
  let best: { x: number; covered: number } | null = null;
  for (let x = Math.round(left + 0.35 * (right - left)); x < left + 0.65 * (right - left); x += 1) {
    // The middle of the gap, not its edge.
    const covered = Math.max(...[-4, -2, 0, 2, 4].map((off) => cover.get(x + off) ?? 0));
    if (!best || covered < best.covered) best = { x, covered };
  }
  return best && best.covered < 0.2 * most ? best.x : null;
}

function isGutter(pieces: readonly Piece[], gutter: number): boolean {
  const crossing = pieces.filter(({ x0, x1 }) => x0 < gutter - 2 && x1 > gutter + 2).length;
  return crossing < 0.3 * pieces.length;
}

function coverage(pieces: readonly Piece[]): Map<number, number> {
  const cover = new Map<number, number>();
  for (const { x0, x1 } of pieces) {
    for (let x = Math.floor(x0); x <= x1; x += 1) cover.set(x, (cover.get(x) ?? 0) + 1);
  }
  return cover;
}

function sidesOf(pieces: readonly Piece[], gutter: number, all: readonly Piece[]): Box[] {
  const left = (list: readonly Piece[]): Piece[] => list.filter(({ x1 }) => x1 <= gutter + 4);
  const right = (list: readonly Piece[]): Piece[] => list.filter(({ x0 }) => x0 >= gutter - 4);
  return [extentOf(left(pieces), left(all)), extentOf(right(pieces), right(all))];
}

/** Most lines begin and end here; where a page has too few, the whole document's do. */
function extentOf(pieces: readonly Piece[], all: readonly Piece[]): Box {
  const enough = pieces.length < 12 ? all : pieces;
  const x0 = mode(enough.map((piece) => piece.x0));
  const x1 = mode(
    enough
      .filter(
        (piece) =>
          width(piece) >
          0.5 *
            (quantile(
              enough.map((other) => other.x1),
              0.9,
            ) -
              x0),
      )
      .map((piece) => piece.x1),
  );
  return { x0, x1, y0: 0, y1: 10_000 };
}

function mode(values: readonly number[]): number {
  const counts = new Map<number, number[]>();
  for (const value of values) {
    const key = Math.round(value / 2);
    counts.set(key, [...(counts.get(key) ?? []), value]);
  }
  const most = [...counts.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
  return quantile(most, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** Notes beside the text, and what is left without them. A section's number in the margin is no note. */
export function splitMargins(pieces: readonly Piece[], columns: readonly Box[]): { body: Piece[]; margin: Piece[] } {
  const [first] = columns;
  const last = columns.at(-1);
  const margin = pieces.filter((piece) => {
    if (!first || !last) return false;
    const outside = piece.x1 < first.x0 - 4 || piece.x0 > last.x1 + 8;
    return outside && !isSectionNumber(piece, pieces);
  });
  return { body: pieces.filter((piece) => !margin.includes(piece)), margin };
}

const isSectionNumber = (piece: Piece, all: readonly Piece[]): boolean =>
  /^[A-Z]?\d*(?:\.\d+)*\.?$/.test(piece.glyphs.map(({ text }) => text).join('')) &&
  all.some(
    (other) =>
      other !== piece && Math.abs(other.base - piece.base) < 2 && other.x0 - piece.x1 < 40 && other.x0 > piece.x1,
  );

/** A page in the order of reading; what was set apart (a figure, a table) goes with the text it stands in. */
export function bandsOf<Part extends Box>(
  page: { pieces: Piece[]; parts: Part[] },
  columns: readonly Box[],
): Band<Part>[] {
  const [left, right] = columns;
  if (!left) return [];
  if (!right) return [{ column: left, ...page }];
  const gutter = (left.x1 + right.x0) / 2;
  const whole = { ...left, x1: right.x1 };
  const spans = (box: Box): boolean => box.x0 < gutter - 12 && box.x1 > gutter + 12;
  const spanning = page.pieces.filter(spans);
  const beside = (piece: Piece): boolean =>
    spanning.some((other) => other !== piece && Math.abs(other.base - piece.base) < 0.25 * other.size);
  const wide = {
    pieces: page.pieces.filter((piece) => spans(piece) || beside(piece)),
    parts: page.parts.filter(spans),
  };
  const narrow = {
    pieces: page.pieces.filter((piece) => !wide.pieces.includes(piece)),
    parts: page.parts.filter((part) => !spans(part)),
  };
  const select = ({ pieces, parts }: typeof narrow, keep: (box: Box) => boolean): typeof narrow => ({
    pieces: pieces.filter(keep),
    parts: parts.filter(keep),
  });
  const bands: Band<Part>[] = [];
  let top = -Infinity;
  for (const cut of [...rowsOf([...wide.pieces, ...wide.parts]), { ...whole, y0: Infinity, y1: Infinity }]) {
    const between = select(narrow, (box) => mid(box) >= top && (mid(box) < mid(cut) || cut.y0 === Infinity));
    bands.push({ column: left, ...select(between, (box) => isLeft(box, gutter)) });
    bands.push({ column: right, ...select(between, (box) => !isLeft(box, gutter)) });
    bands.push({ column: whole, ...select(wide, (box) => mid(box) >= cut.y0 - 1 && mid(box) <= cut.y1 + 1) });
    top = mid(cut);
  }
  return bands.filter(({ pieces, parts }) => pieces.length + parts.length > 0);
}

const mid = ({ y0, y1 }: Box): number => (y0 + y1) / 2;
const isLeft = (piece: Box, gutter: number): boolean => (piece.x0 + piece.x1) / 2 < gutter;

/** Boxes one below the other; what overlaps in height is one. */
function rowsOf(boxes: readonly Box[]): Box[] {
  const rows: Box[] = [];
  for (const box of boxes.toSorted((a, b) => a.y0 - b.y0)) {
    const last = rows.at(-1);
    if (last && box.y0 < last.y1) Object.assign(last, { y1: Math.max(last.y1, box.y1) });
    else rows.push({ ...box });
  }
  return rows;
}
