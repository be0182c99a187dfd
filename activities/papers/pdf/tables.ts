import type { Piece } from './lines.ts';
import { height, overlapX, overlapY, type Box } from './page.ts';
import type { Region } from './regions.ts';
import { wordsOfPieces, writeWords, type Word } from './spell.ts';

/** In ems: a gap this wide that goes through the rows separates columns. */
const COLUMN_GAP = 0.45;

/** A table's cells, row by row; one column where they could not be told apart. */
export function cellsOf(region: Region): string[][] {
  const size = sizeOf(region.pieces);
  const rows = rowsOf(region.pieces);
  const chunks = rows.map(({ pieces }) => chunksOf(pieces, COLUMN_GAP * size));
  const columns = columnsOf(chunks, region, size);
  const cells = joinHalves(
    chunks.map((row) => placed(row, columns)),
    rows.map(({ base }) => base),
  );
  const used = columns.map((_, index) => cells.some((row) => row[index] !== ''));
  return cells.map((row) => row.filter((_, index) => used[index])).filter((row) => row.some((cell) => cell !== ''));
}

/** A cell that stands between two rows, beside several of them, is written into the row that is nearest. */
function joinHalves(cells: readonly string[][], bases: readonly number[]): string[][] {
  const steps = bases.slice(1).map((base, index) => base - (bases[index] ?? 0));
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length * 0.75)] ?? 0;
  const joined = cells.map((row) => [...row]);
  joined.forEach((row, index) => {
    const filled = row.flatMap((cell, column) => (cell === '' ? [] : [column]));
    const [column] = filled;
    if (column === undefined || filled.length !== 1) return;
    const near = [index - 1, index + 1].filter((other) => {
      const gap = Math.abs((bases[other] ?? Infinity) - (bases[index] ?? 0));
      return gap < 0.75 * usual && (joined[other] ?? []).some((cell, at) => at !== column && cell !== '');
    });
    const [home] = near;
    const target = home === undefined ? undefined : joined[home];
    if (!target) return;
    target[column] = [target[column], row[column]].filter((cell) => cell !== '').join(' ');
    row[column] = '';
  });
  return joined;
}

/** Words without a wide gap between them. */
interface Chunk extends Box {
  words: Word[];
}

const sizeOf = (pieces: readonly Piece[]): number => {
  const sizes = pieces.map(({ size }) => size).toSorted((a, b) => a - b);
  return sizes[Math.floor(sizes.length / 2)] ?? 8;
};

function rowsOf(pieces: readonly Piece[]): { base: number; pieces: Piece[] }[] {
  const rows: { base: number; pieces: Piece[] }[] = [];
  for (const piece of pieces.toSorted((a, b) => a.base - b.base)) {
    const home = rows.findLast((row) => {
      const small = piece.size < 0.86 * (row.pieces[0]?.size ?? 0);
      return Math.abs(row.base - piece.base) < (small ? 0.6 : 0.35) * piece.size;
    });
    if (home) home.pieces.push(piece);
    else rows.push({ base: piece.base, pieces: [piece] });
  }
  return rows.map(({ base, pieces: here }) => ({ base, pieces: here.toSorted((a, b) => a.x0 - b.x0) }));
}

function chunksOf(pieces: readonly Piece[], gap: number): Chunk[] {
  const chunks: Chunk[] = [];
  const [first] = pieces;
  for (const word of wordsOfPieces(pieces)) {
    const last = chunks.at(-1);
    if (last && word.x0 - last.x1 < gap) {
      last.words.push(word);
      last.x1 = Math.max(last.x1, word.x1);
    } else chunks.push({ x0: word.x0, x1: word.x1, y0: first?.y0 ?? 0, y1: first?.y1 ?? 0, words: [word] });
  }
  return chunks;
}

/** The strips in which the cells of a column stand. */
function columnsOf(rows: readonly Chunk[][], region: Region, size: number): Box[] {
  const edges = [region.x0 - 1, ...separators(rows, region, size), region.x1 + 1];
  return edges.slice(1).map((x1, index) => ({ x0: edges[index] ?? 0, x1, y0: region.y0, y1: region.y1 }));
}

/** Where vertical rules stand, and gaps that go through all rows but what spans columns. */
function separators(rows: readonly Chunk[][], region: Region, size: number): number[] {
  const drawn = verticals(region);
  const several = rows.filter((row) => row.length > 1);
  const counted = several.length > 1 ? several : rows;
  const allowed = counted.length >= 5 ? Math.max(1, Math.floor(0.12 * counted.length)) : 0;
  const covered = (x: number): number =>
    counted.filter((row) => row.some((chunk) => chunk.x0 <= x && chunk.x1 >= x)).length;
  const gaps: { from: number; to: number; least: number; at: number }[] = [];
  for (let x = Math.ceil(region.x0); x <= region.x1; x += 0.5) {
    const here = covered(x);
    if (here > allowed) continue;
    const last = gaps.at(-1);
    if (last && x - last.to <= 0.5) {
      last.to = x;
      if (here < last.least) Object.assign(last, { least: here, at: x });
      else if (here === last.least) last.at = (last.at + x) / 2;
    } else gaps.push({ from: x, to: x, least: here, at: x });
  }
  const wide = gaps.filter(
    ({ from, to }) => to - from >= COLUMN_GAP * size * 0.8 && from > region.x0 + 2 && to < region.x1 - 2,
  );
  const found = wide.map(({ at }) => at).filter((x) => !drawn.some((other) => Math.abs(other - x) < 6));
  return [...drawn, ...found].toSorted((a, b) => a - b);
}

/** Vertical rules inside, together at least half as high as the table. */
function verticals({ rules, ...box }: Region): number[] {
  const upright = rules.filter((rule) => height(rule) > rule.x1 - rule.x0);
  const places = [...new Set(upright.map((rule) => Math.round(rule.x0)))].toSorted((a, b) => a - b);
  return places
    .filter((x, index) => index === 0 || x - (places[index - 1] ?? 0) > 3)
    .filter((x) => x > box.x0 + 4 && x < box.x1 - 4)
    .filter((x) => {
      const high = upright.filter((rule) => Math.abs(rule.x0 - x) < 3).map((rule) => overlapY(rule, box));
      return high.reduce((sum, one) => sum + Math.max(0, one), 0) > 0.5 * height(box);
    });
}

/** Each chunk in the column that it shares most with; what spans several stands in the first of them. */
function placed(row: readonly Chunk[], columns: readonly Box[]): string[] {
  const cells: Word[][] = columns.map(() => []);
  for (const chunk of row) {
    const shared = columns.map((column) => overlapX(chunk, column));
    const spanned = shared.findIndex(
      (amount, index) => amount > 0.6 * ((columns[index]?.x1 ?? 0) - (columns[index]?.x0 ?? 0)) && amount > 8,
    );
    const most = shared.indexOf(Math.max(...shared));
    const many = shared.filter((amount) => amount > 6).length > 1;
    cells[many && spanned >= 0 ? Math.min(spanned, most) : most]?.push(...chunk.words);
  }
  return cells.map((words) => writeWords(words).replaceAll('|', '\\|'));
}
