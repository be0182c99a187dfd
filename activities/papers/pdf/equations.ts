import type { Line, Piece } from './lines.ts';
import { around, height } from './page.ts';
import { texOfPieces } from './spell.ts';

/** A display of mathematics; rows beside a large brace are cases. */
export function texOf(line: Line): string {
  const pieces = line.pieces.flatMap(withoutBrace);
  const brace = pieces.find((piece) => isBrace(piece, line.size));
  if (!brace) return texOfPieces(inOrder(line, pieces));
  const right = pieces.filter((piece) => piece !== brace && piece.x0 >= brace.x1 - 2);
  const left = pieces.filter((piece) => piece !== brace && !right.includes(piece));
  const written = rowsOf(right)
    .map((row) => cells(row).join(' & '))
    .join(' \\\\ ');
  return `${texOfPieces(left)} \\begin{cases} ${written} \\end{cases}`.trim();
}

const isBrace = (piece: Piece, size: number): boolean => piece.glyphs[0]?.text === '{' && height(piece) > 1.6 * size;

/** The file's order where there are scripts and stacks, else from left to right. */
const inOrder = (line: Line, pieces: readonly Piece[]): Piece[] =>
  pieces.toSorted((a, b) => (line.stacked ? a.order - b.order : a.x0 - b.x0));

/** A piece in parts where it has a large brace in it. */
function withoutBrace(piece: Piece): Piece[] {
  const index = piece.glyphs.findIndex((glyph) => glyph.text === '{' && height(glyph) > 1.6 * glyph.size);
  if (index < 0 || piece.glyphs.length === 1) return [piece];
  const parts = [piece.glyphs.slice(0, index), piece.glyphs.slice(index, index + 1), piece.glyphs.slice(index + 1)];
  return parts
    .filter((glyphs) => glyphs.length > 0)
    .map((glyphs) => ({ ...piece, ...around(glyphs), glyphs, order: glyphs[0]?.order ?? piece.order }));
}

function rowsOf(pieces: readonly Piece[]): Piece[][] {
  const rows: { base: number; pieces: Piece[] }[] = [];
  for (const piece of pieces.toSorted((a, b) => b.size - a.size || a.base - b.base)) {
    const row = rows.find(({ base }) => Math.abs(base - piece.base) < 0.6 * Math.max(piece.size, 8));
    if (row) row.pieces.push(piece);
    else rows.push({ base: piece.base, pieces: [piece] });
  }
  return rows.toSorted((a, b) => a.base - b.base).map((row) => row.pieces.toSorted((a, b) => a.x0 - b.x0));
}

/** Parts of a row, where a wide gap lies between. */
function cells(row: readonly Piece[]): string[] {
  const groups: Piece[][] = [];
  for (const piece of row) {
    const last = groups.at(-1)?.at(-1);
    if (last && piece.x0 - last.x1 < 1.3 * piece.size) groups.at(-1)?.push(piece);
    else groups.push([piece]);
  }
  return groups.map((group) => texOfPieces(group));
}
