import { overlapX, type Glyph } from './page.ts';

/** Accents that stand alone, and those that combine with a letter. */
const COMBINING: Record<string, string> = {
  '`': '\u0300',
  '´': '\u0301',
  ˆ: '\u0302',
  '^': '\u0302',
  '˜': '\u0303',
  '~': '\u0303',
  '¯': '\u0304',
  '˘': '\u0306',
  '˙': '\u0307',
  '¨': '\u0308',
  '˚': '\u030a',
  ˇ: '\u030c',
  '¸': '\u0327',
  '⃗': '\u20d7',
};

/** Puts accents that were drawn apart on the letters they stand over. */
export function joinAccents(glyphs: readonly Glyph[]): Glyph[] {
  const joined: Glyph[] = [];
  let pending: Glyph | null = null;
  for (const glyph of glyphs) {
    if (COMBINING[glyph.text] !== undefined) {
      const last = joined.at(-1);
      if (last && stands(glyph, last)) joined[joined.length - 1] = combine(last, glyph);
      else if (pending) joined.push(glyph);
      else pending = glyph;
      continue;
    }
    if (pending) {
      if (stands(pending, glyph)) joined.push(combine(glyph, pending));
      else joined.push(pending, glyph);
      pending = null;
      continue;
    }
    joined.push(glyph);
  }
  return pending ? [...joined, pending] : joined;
}

/** Over the letter (or under it), within its width. */
function stands(accent: Glyph, letter: Glyph): boolean {
  if (!/\p{L}/u.test(letter.text)) return false;
  const shared = overlapX(accent, letter);
  return (
    shared > 0.5 * Math.min(accent.x1 - accent.x0, letter.x1 - letter.x0) &&
    Math.abs(accent.base - letter.base) < letter.size
  );
}

function combine(letter: Glyph, accent: Glyph): Glyph {
  const base = letter.text === 'ı' ? 'i' : letter.text === 'ȷ' ? 'j' : letter.text;
  return {
    ...letter,
    text: `${base}${COMBINING[accent.text] ?? ''}`.normalize('NFC'),
    y0: Math.min(letter.y0, accent.y0),
    order: Math.min(letter.order, accent.order),
  };
}
