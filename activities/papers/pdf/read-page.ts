import { around, type Box, type Glyph, type Page } from './page.ts';
import { linked } from './links.ts';
import { bracketOf, styleOf, texLetter, type FontStyle } from './fonts.ts';
import type { Pdfium } from './pdfium.ts';

const HYPHEN = 45;
const TEXT = 1;
const PATH = 2;
const IMAGE = 3;
const SHADING = 4;
const FORM = 5;
/** A drawing no thicker than this, and at least this long, is a rule. */
const THIN = 2;
const LONG = 4;
/** More drawings than this are looked at by the cells of a grid (in points). */
const MOST_SHAPES = 1500;
const MOST_RULES = 1500;
const CELL = 12;

/** Everything on one page, by its number from 1 on. */
export function readPage(pdfium: Pdfium, document: number, number: number): Page {
  const { lib } = pdfium;
  const handle = lib.FPDF_LoadPage(document, number - 1);
  if (!handle) throw new Error(`page ${number} cannot be read`);
  try {
    const [width, height] = [lib.FPDF_GetPageWidthF(handle), lib.FPDF_GetPageHeightF(handle)];
    lib.FPDF_GetPageBoundingBox(handle, pdfium.room);
    const [left, top] = [pdfium.float(0), pdfium.float(1)];
    const place = (box: Box): Box => ({
      x0: box.x0 - left,
      x1: box.x1 - left,
      y0: top - box.y1,
      y1: top - box.y0,
    });
    const drawn = readObjects(pdfium, handle, place);
    const visible = { x0: 0, y0: 0, x1: width, y1: height };
    const inside = (box: Box): boolean =>
      box.x1 > visible.x0 && box.x0 < visible.x1 && box.y1 > visible.y0 && box.y0 < visible.y1;
    const { glyphs, unreadable } = readGlyphs(pdfium, handle, place);
    const links = readLinks(pdfium, { document, handle }, place);
    return {
      number,
      width,
      height,
      glyphs: linked(glyphs.filter(inside), links),
      rules: drawn.rules.filter(inside),
      shapes: drawn.shapes.filter(inside),
      links,
      unreadable,
    };
  } finally {
    lib.FPDF_ClosePage(handle);
  }
}

type Place = (box: Box) => Box;

interface Reading {
  glyphs: Glyph[];
  unreadable: number;
}

function readGlyphs(pdfium: Pdfium, page: number, place: Place): Reading {
  const { lib } = pdfium;
  const text = lib.FPDFText_LoadPage(page);
  const reading: Reading = { glyphs: [], unreadable: 0 };
  const fonts = new Map<string, FontStyle>();
  let spaced = false;
  const count = lib.FPDFText_CountChars(text);
  for (let index = 0; index < count; index += 1) {
    // 2 stands for a hyphen at the end of a line.
    const written = lib.FPDFText_GetUnicode(text, index);
    const code = written === 2 || written === 0xad ? HYPHEN : written;
    const unmapped = lib.FPDFText_HasUnicodeMapError(text, index) === 1;
    // Spaces are told by where the letters stand; that one was written is a hint.
    if (!unmapped && (code <= 32 || code === 0xa0 || (written !== 2 && lib.FPDFText_IsGenerated(text, index) === 1))) {
      spaced = true;
      continue;
    }
    const style = fontOf(pdfium, { text, index }, fonts);
    const letter = unmapped ? texLetter(style.name, code) : letterOf(code);
    if (letter === null) reading.unreadable += 1;
    const box = boxOf(pdfium, { text, index }, place);
    if (!box || (letter !== null && extendsBracket(reading.glyphs, letter, { code, box }))) continue;
    const size = sizeOf(pdfium, text, index);
    reading.glyphs.push({
      text: letter ?? '\ufffd',
      ...box,
      base: style.hanging ? (box.y0 + box.y1) / 2 + 0.25 * size : box.base,
      size,
      order: index,
      spaced,
      turned: Math.abs(Math.sin(lib.FPDFText_GetCharAngle(text, index))) > 0.7,
      bold: style.bold,
      italic: style.italic,
      mono: style.mono,
      maths: style.maths,
      weight: style.weight,
    });
    spaced = false;
  }
  lib.FPDFText_ClosePage(text);
  return reading;
}

interface At {
  text: number;
  index: number;
}

function fontOf(pdfium: Pdfium, { text, index }: At, fonts: Map<string, FontStyle>): FontStyle {
  const { lib, room } = pdfium;
  const name = pdfium.utf8((buffer, bytes) => lib.FPDFText_GetFontInfo(text, index, buffer, bytes, room));
  const known = fonts.get(name);
  if (known) return known;
  const style = styleOf(name, pdfium.int(0), lib.FPDFText_GetFontWeight(text, index));
  fonts.set(name, style);
  return style;
}

/** Wide as the letter moves on, high as its ink. */
function boxOf(pdfium: Pdfium, { text, index }: At, place: Place): (Box & { base: number }) | null {
  const { lib, room } = pdfium;
  if (!lib.FPDFText_GetLooseCharBox(text, index, room)) return null;
  const [left, right] = [pdfium.float(0), pdfium.float(2)];
  lib.FPDFText_GetCharBox(text, index, room, room + 8, room + 16, room + 24);
  const box = place({ x0: left, x1: Math.max(right, left + 0.01), y0: pdfium.double(2), y1: pdfium.double(3) });
  lib.FPDFText_GetCharOrigin(text, index, room, room + 8);
  const at = pdfium.double(1);
  return { ...box, base: place({ x0: 0, x1: 0, y0: at, y1: at }).y0 };
}

/** The size as it is seen: the font's own, times the scale it is drawn at. */
function sizeOf({ lib, room, float }: Pdfium, text: number, index: number): number {
  const size = lib.FPDFText_GetFontSize(text, index);
  if (!lib.FPDFText_GetMatrix(text, index, room)) return size;
  return size * Math.hypot(float(2), float(3));
}

/** A further piece of a large bracket makes it higher. */
function extendsBracket(glyphs: readonly Glyph[], letter: string, { code, box }: { code: number; box: Box }): boolean {
  if (bracketOf(code) === null) return false;
  const open = glyphs
    .slice(-12)
    .findLast(
      (glyph) =>
        Math.abs(glyph.x0 - box.x0) < 3 && (glyph.text === letter || code === 0xf8f4) && /[()[\]{}]/.test(glyph.text),
    );
  if (!open) return false;
  open.y0 = Math.min(open.y0, box.y0);
  open.y1 = Math.max(open.y1, box.y1);
  open.base = (open.y0 + open.y1) / 2 + 0.25 * open.size;
  return true;
}

const LIGATURES = /[\ufb00-\ufb06]/;

/** The letter of a code; null for what stands for nothing: private codes, controls, replacements. */
function letterOf(code: number): string | null {
  const bracket = bracketOf(code);
  if (bracket !== null) return bracket;
  // Half of a letter beyond 16 bits stays what it is: the other half follows.
  if (
    (code >= 0xe000 && code <= 0xf8ff) ||
    (code >= 0xfffd && code <= 0xffff) ||
    (code > 126 && code < 160) ||
    code > 0x10ffff
  )
    return null;
  return plain(String.fromCodePoint(code));
}

const plain = (letter: string): string => (LIGATURES.test(letter) ? letter.normalize('NFKC') : letter);

function readObjects(pdfium: Pdfium, page: number, place: Place): { rules: Box[]; shapes: Box[] } {
  const { lib, room } = pdfium;
  const rules: Box[] = [];
  const shapes: Box[] = [];
  const keep = (object: number, kind: number): void => {
    if (!lib.FPDFPageObj_GetBounds(object, room, room + 4, room + 8, room + 12)) return;
    const box = place({ x0: pdfium.float(0), y0: pdfium.float(1), x1: pdfium.float(2), y1: pdfium.float(3) });
    if (kind === PATH) {
      if (invisible(pdfium, object)) return;
      const [wide, high] = [box.x1 - box.x0, box.y1 - box.y0];
      if (Math.min(wide, high) <= THIN && Math.max(wide, high) >= LONG) rules.push(box);
      else shapes.push(box);
    } else if (kind === IMAGE || kind === SHADING) shapes.push(box);
  };
  const count = lib.FPDFPage_CountObjects(page);
  for (let index = 0; index < count; index += 1) {
    const object = lib.FPDFPage_GetObject(page, index);
    const kind = lib.FPDFPageObj_GetType(object);
    if (kind === TEXT) continue;
    // A form is a drawing that was included whole: a figure.
    keep(object, kind === FORM ? IMAGE : kind);
  }
  return { rules: rules.slice(0, MOST_RULES), shapes: coarse([...shapes, ...rules.slice(MOST_RULES)]) };
}

/** A plot of many thousand points is one picture: what lies in one cell of a grid counts once. */
function coarse(shapes: Box[]): Box[] {
  if (shapes.length <= MOST_SHAPES) return shapes;
  const cells = new Map<string, Box[]>();
  for (const shape of shapes) {
    const key = `${Math.floor((shape.x0 + shape.x1) / (2 * CELL))} ${Math.floor((shape.y0 + shape.y1) / (2 * CELL))}`;
    const cell = cells.get(key);
    if (cell) cell.push(shape);
    else cells.set(key, [shape]);
  }
  return [...cells.values()].map(around);
}

/** Neither filled nor stroked, or white on white. */
function invisible({ lib, room, int }: Pdfium, path: number): boolean {
  if (!lib.FPDFPath_GetDrawMode(path, room, room + 4)) return false;
  const [fill, stroke] = [int(0), int(1)];
  if (fill === 0 && stroke === 0) return true;
  if (stroke !== 0) return false;
  lib.FPDFPageObj_GetFillColor(path, room, room + 4, room + 8, room + 12);
  return (int(0) > 250 && int(1) > 250 && int(2) > 250) || int(3) === 0;
}

/** Links to addresses; links within the document say nothing. */
function readLinks(
  pdfium: Pdfium,
  { document, handle }: { document: number; handle: number },
  place: Place,
): Page['links'] {
  const { lib, room } = pdfium;
  const found: Page['links'] = [];
  const cursor = room + 32;
  lib.pdfium.setValue(cursor, 0, 'i32');
  while (found.length < 1000 && lib.FPDFLink_Enumerate(handle, cursor, cursor + 4)) {
    const link = lib.pdfium.getValue(cursor + 4, 'i32');
    const action = lib.FPDFLink_GetAction(link);
    const uri = action
      ? pdfium.utf8((buffer, bytes) => lib.FPDFAction_GetURIPath(document, action, buffer, bytes))
      : '';
    if (!/^https?:\/\//.test(uri) || !lib.FPDFLink_GetAnnotRect(link, room)) continue;
    const [l, t, r, b] = [pdfium.float(0), pdfium.float(1), pdfium.float(2), pdfium.float(3)];
    found.push({ ...place({ x0: l, x1: r, y0: Math.min(t, b), y1: Math.max(t, b) }), uri });
  }
  return found;
}
