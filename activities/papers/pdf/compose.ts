import { pieceOf, type Piece } from './lines.ts';
import { around, height, overlapX, width, type Box, type Glyph } from './page.ts';
import { texOfPieces } from './spell.ts';

/** Puts together what stands one above the other in mathematics: limits of large operators, roots, fractions. */
export function compose(pieces: readonly Piece[], rules: readonly Box[], size: number): Piece[] {
  const flat = rules.filter((rule) => height(rule) < 1.6 && width(rule) > 2 && width(rule) < 320);
  let composed = limits(flat.reduce(splitAt, [...pieces]), size);
  for (const rule of flat.toSorted((a, b) => width(a) - width(b)))
    composed = root(composed, rule) ?? fraction(composed, rule, size);
  return composed;
}

/** Cuts out of the pieces what stands over or under a short rule: a fraction within a line. */
function splitAt(pieces: Piece[], rule: Box): Piece[] {
  const middle = (rule.y0 + rule.y1) / 2;
  return pieces.flatMap((piece) => {
    if (piece.x1 < rule.x0 || piece.x0 > rule.x1 || Math.abs(piece.base - middle) > 2 * piece.size) return [piece];
    const inside = (glyph: Glyph): boolean =>
      (glyph.x0 + glyph.x1) / 2 > rule.x0 - 0.5 &&
      (glyph.x0 + glyph.x1) / 2 < rule.x1 + 0.5 &&
      (glyph.y1 < middle + 1 || glyph.y0 > middle - 1) &&
      glyph.text !== '√';
    const runs: Glyph[][] = [];
    let before: boolean | null = null;
    for (const glyph of piece.glyphs) {
      if (inside(glyph) === before) runs.at(-1)?.push(glyph);
      else runs.push([glyph]);
      before = inside(glyph);
    }
    return runs.length === 1 ? [piece] : runs.map((glyphs) => pieceOf(glyphs));
  });
}

const OPERATOR = /^[∑∏∫⋃⋂⨁]$/;
const NAMED = /(?:argmax|argmin|max|min|lim|sup|inf)$/;

/** Small letters right above or below a large operator, or below a word such as `max`. */
function limits(pieces: Piece[], size: number): Piece[] {
  const taken = new Set<Piece>();
  for (const piece of pieces) {
    if (piece.size < 0.6 * size) continue;
    piece.glyphs.forEach((glyph, index) => {
      const start = operatorStart(piece.glyphs, index);
      if (start === null) return;
      const box = around(piece.glyphs.slice(start, index + 1));
      const small = pieces.filter(
        (other) => other !== piece && !taken.has(other) && other.size < 0.86 * piece.size && over(other, box),
      );
      const below = small.filter((other) => other.y0 > (box.y0 + box.y1) / 2 && other.y0 - box.y1 < 0.6 * piece.size);
      const above = small.filter((other) => other.y1 < (box.y0 + box.y1) / 2 && box.y0 - other.y1 < 0.6 * piece.size);
      if (below.length + above.length === 0) return;
      const scripts = [
        below.length > 0 ? `_{${texOfPieces(below)}}` : '',
        above.length > 0 ? `^{${texOfPieces(above)}}` : '',
      ];
      Object.assign(glyph, { text: `${glyph.text}${scripts.join('')}`, raw: true, maths: true });
      for (const other of [...below, ...above]) taken.add(other);
    });
  }
  return pieces.filter((piece) => !taken.has(piece));
}

/** Where the operator that ends with this glyph begins; null where none does. */
function operatorStart(glyphs: readonly Glyph[], index: number): number | null {
  const glyph = glyphs[index];
  if (!glyph || glyph.raw) return null;
  if (OPERATOR.test(glyph.text)) return index;
  if (!/[xnmpf]/.test(glyph.text)) return null;
  const next = glyphs[index + 1];
  if (next && /[a-z]/.test(next.text) && next.x0 - glyph.x1 < 0.1 * glyph.size) return null;
  const name = NAMED.exec(
    glyphs
      .slice(Math.max(0, index - 5), index + 1)
      .map(({ text }) => text)
      .join(''),
  )?.[0];
  return name ? index + 1 - name.length : null;
}

const over = (piece: Box, operator: Box): boolean => {
  const x = (piece.x0 + piece.x1) / 2;
  const reach = Math.max(4, 0.5 * width(operator));
  return x > operator.x0 - reach && x < operator.x1 + reach;
};

/** A part that was put together, as one glyph. */
function made(parts: readonly Piece[], text: string, { base, size }: { base: number; size: number }): Piece {
  const box = around(parts);
  const order = Math.min(...parts.map((part) => part.order));
  const [first] = parts;
  const glyph: Glyph = {
    ...box,
    text,
    base,
    size,
    order,
    bold: false,
    italic: true,
    mono: false,
    maths: true,
    weight: null,
    turned: false,
    spaced: first?.glyphs[0]?.spaced ?? false,
    raw: true,
  };
  return { ...box, glyphs: [glyph], base, size, order };
}

/** What stands right above and right below a rule. */
function fraction(pieces: Piece[], rule: Box, size: number): Piece[] {
  const middle = (rule.y0 + rule.y1) / 2;
  const inside = pieces.filter((piece) => within(piece, rule));
  const over = inside.filter((piece) => piece.base < middle + 1 && middle - piece.y1 < 0.6 * piece.size);
  const under = inside.filter((piece) => piece.base > middle && piece.y0 - middle < 0.6 * piece.size);
  if (over.length === 0 || under.length === 0) return pieces;
  const parts = [...over, ...under];
  const content = around(parts);
  const centred = Math.abs(content.x0 + content.x1 - rule.x0 - rule.x1) < 0.3 * width(rule) + 6;
  if (width(content) < 0.55 * width(rule) || !centred) return pieces;
  const own = Math.max(...parts.map((part) => part.size));
  const text = `\\frac{${texOfPieces(over)}}{${texOfPieces(under)}}`;
  // A small fraction stands on the axis of its line, or is an exponent.
  const place: Place =
    own < 0.86 * size ? besides(pieces, parts, { middle, own }) : { base: middle + 0.25 * own, size: own };
  return [
    ...pieces.filter((piece) => !parts.includes(piece)),
    made([...parts, { ...parts[0]!, ...rule }], place.raised ? `^{${text}}` : text, place),
  ].toSorted((a, b) => a.order - b.order);
}

interface Place {
  base: number;
  size: number;
  raised?: boolean;
}

/** The line that a small fraction stands in: the nearest whose axis is its rule, or the one that it follows above that. */
function besides(
  pieces: readonly Piece[],
  parts: readonly Piece[],
  { middle, own }: { middle: number; own: number },
): Place {
  const box = around(parts);
  const near = pieces
    .filter((piece) => !parts.includes(piece))
    .map((piece) => ({ piece, gap: Math.max(piece.x0 - box.x1, box.x0 - piece.x1) }))
    .toSorted((a, b) => a.gap - b.gap)
    .filter(({ gap }) => gap < 60);
  const above = ({ base, size }: Piece): number => (base - middle) / size;
  const axis = near.find(({ piece }) => Math.abs(above(piece) - 0.25) < 0.2)?.piece;
  if (axis) return { base: middle + 0.25 * axis.size, size: axis.size };
  const under = near.find(
    ({ piece, gap }) => gap < 3 && piece.x1 < box.x0 + 3 && above(piece) > 0.45 && above(piece) < 0.9,
  );
  if (under) return { base: under.piece.base, size: under.piece.size, raised: true };
  return { base: middle + 0.25 * own, size: own };
}

const within = (piece: Box, rule: Box): boolean =>
  piece.x0 > rule.x0 - 3.5 && piece.x1 < rule.x1 + 3.5 && overlapX(piece, rule) > 0;

/** What stands under the rule of a root's sign. */
function root(pieces: Piece[], rule: Box): Piece[] | null {
  const owner = pieces.find((piece) => piece.glyphs.some((glyph) => isRoot(glyph, rule)));
  const sign = owner?.glyphs.find((glyph) => isRoot(glyph, rule));
  if (!owner || !sign) return null;
  const under = (box: Box): boolean =>
    box.x0 > rule.x0 - 2 &&
    box.x1 < rule.x1 + 3 &&
    box.y0 > rule.y0 - 2 &&
    box.y1 < Math.max(sign.y1, rule.y1 + 2 * sign.size);
  const own = owner.glyphs.filter((glyph) => glyph !== sign && under(glyph));
  const inside = pieces.filter((piece) => piece !== owner && under(piece));
  const parts = [...(own.length > 0 ? [{ ...owner, ...around(own), glyphs: own }] : []), ...inside].toSorted(
    (a, b) => a.order - b.order,
  );
  if (parts.length === 0) return null;
  Object.assign(sign, {
    text: `\\sqrt{${texOfPieces(parts)}}`,
    raw: true,
    maths: true,
    x1: rule.x1,
    base: parts[0]?.base,
    size: parts[0]?.size,
  });
  const glyphs = owner.glyphs.filter((glyph) => !own.includes(glyph));
  const composed = {
    ...owner,
    ...around(glyphs),
    glyphs,
    ...(glyphs.length === 1 ? { base: sign.base, size: sign.size } : {}),
  };
  return pieces.filter((piece) => !inside.includes(piece)).map((piece) => (piece === owner ? composed : piece));
}

const isRoot = (glyph: Glyph, rule: Box): boolean =>
  glyph.text === '√' && Math.abs(glyph.x1 - rule.x0) < 3 && Math.abs(glyph.y0 - rule.y0) < 4;
