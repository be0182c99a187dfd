import type { Line, Piece } from './lines.ts';

export type FloatKind = 'figure' | 'table' | 'algorithm';

export interface Label {
  kind: FloatKind;
  number: string;
}

const KINDS: Record<string, FloatKind> = { fig: 'figure', tab: 'table', alg: 'algorithm', lis: 'algorithm' };

/** `Figure 3.`, `Table 2:`, `Algorithm 1 Monte Carlo`: what a caption begins with; a sentence that begins so is none. */
export function labelOf(line: Line | Piece): Label | null {
  const pieces = 'pieces' in line ? line.pieces : [line];
  const [first] = pieces;
  const glyphs = pieces.flatMap((piece) => piece.glyphs);
  const text = glyphs.map((glyph) => glyph.text).join('');
  const found = /^(figure|fig\.|fig|table|tab\.|algorithm|listing)(S?[A-Z]?\d+(?:\.\d+)?|[IVX]+)([.:|–—]?)/i.exec(text);
  const [whole, word = '', number = '', end] = found ?? [];
  const kind = KINDS[word.slice(0, 3).toLowerCase()];
  if (!whole || !kind || !first || !/^[A-Z]/.test(word)) return null;
  // "Table 2 shows that …" has no mark after the number, and is no bolder than what follows.
  const label = glyphs.slice(0, word.length);
  const rest = glyphs.slice(whole.length);
  const marked = end !== '' || rest.length === 0 || (label.every(({ bold }) => bold) && rest.some(({ bold }) => !bold));
  return marked ? { kind, number } : null;
}
