import type { Sheet } from './layout.ts';
import type { Piece } from './lines.ts';
import { around, within } from './page.ts';

/** In the upper and the lower part of a page stands what is no text of it. */
const EDGE = 0.1;

/** Pages without what repeats on them: running titles, page numbers, and what is drawn around them. */
export function withoutFurniture(sheets: readonly Sheet[]): Sheet[] {
  const pages = new Map<string, Set<number>>();
  for (const sheet of sheets) {
    for (const piece of sheet.pieces.filter((one) => atEdge(one, sheet))) {
      const key = keyOf(piece);
      pages.set(key, (pages.get(key) ?? new Set()).add(sheet.number));
    }
  }
  const often = Math.max(2, Math.min(4, Math.ceil(sheets.length / 2)));
  return sheets.map((sheet) => {
    const furniture = sheet.pieces.filter(
      (piece) => atEdge(piece, sheet) && ((pages.get(keyOf(piece))?.size ?? 0) >= often || isPageNumber(piece)),
    );
    if (furniture.length === 0) return sheet;
    const boxes = furniture.map((piece) => around([piece]));
    const beside = (box: Parameters<typeof within>[0]): boolean => boxes.some((other) => within(box, other, 8));
    return {
      ...sheet,
      pieces: sheet.pieces.filter((piece) => !furniture.includes(piece)),
      rules: sheet.rules.filter((rule) => !(atEdge(rule, sheet) && beside(rule))),
      shapes: sheet.shapes.filter((shape) => !(atEdge(shape, sheet) && beside(shape))),
    };
  });
}

const atEdge = ({ y0, y1 }: { y0: number; y1: number }, { height }: Sheet): boolean =>
  y1 < EDGE * height || y0 > (1 - EDGE) * height;

const textOf = (piece: Piece): string => piece.glyphs.map(({ text }) => text).join('');

/** What is written where, whatever the numbers in it. */
const keyOf = (piece: Piece): string => `${textOf(piece).replace(/\d+/g, '#')} ${Math.round(piece.base / 8)}`;

const isPageNumber = (piece: Piece): boolean => /^[–-]?\s*(?:\d{1,4}|[ivxl]{1,6})\s*[–-]?$/.test(textOf(piece));
