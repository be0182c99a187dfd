import { blocksOf, endsSentence, isShort, type Block, type Style } from './blocks.ts';
import { joinAccents } from './accents.ts';
import { labelOf } from './captions.ts';
import { withoutFurniture } from './furniture.ts';
import { bandsOf, quantile, settingOf, splitMargins, type Setting, type Sheet } from './layout.ts';
import { linesOf, piecesOf, type Line } from './lines.ts';
import { overlapX, type Box, type Page } from './page.ts';
import { frontMatter } from './front-matter.ts';
import { compose } from './compose.ts';
import { regionsOf, type Region } from './regions.ts';

export interface ReadDocument {
  blocks: Block[];
  style: Style;
  sheets: Sheet[];
}

/** Reads the pages of a document: what is on them, in the order in which a person would read it. */
export function readDocument(pages: readonly Page[]): ReadDocument {
  const weighed = weigh(pages);
  const sheets = withoutFurniture(weighed.map((page) => ({ ...page, pieces: piecesOf(joinAccents(page.glyphs)) })));
  const setting = settingOf(sheets);
  const style = { size: setting.size, leading: leadingOf(sheets, setting) };
  const blocks = sheets.flatMap((sheet) => blocksOfPage(sheet, setting, style));
  return { blocks: joinParagraphs(frontMatter(titled(blocks)), style), style, sheets };
}

/** In a light fount, the regular one of the family is bold. */
function weigh(pages: readonly Page[]): Page[] {
  const weights = pages.flatMap((page) => page.glyphs.flatMap(({ weight }) => (weight === null ? [] : [weight])));
  const usual = quantile(weights, 0.5);
  return pages.map((page) => ({
    ...page,
    glyphs: page.glyphs.map((glyph) => ({
      ...glyph,
      bold: glyph.bold || (glyph.weight !== null && glyph.weight - usual >= 150),
    })),
  }));
}

function leadingOf(sheets: readonly Sheet[], { size }: Setting): number {
  const steps = sheets.flatMap(({ pieces }) => {
    const bases = pieces.filter((piece) => Math.abs(piece.size - size) < 0.3 && piece.x1 - piece.x0 > 10 * size);
    const sorted = bases.toSorted((a, b) => a.x0 - b.x0 || a.base - b.base);
    return sorted.slice(1).map((piece, index) => piece.base - (sorted[index]?.base ?? 0));
  });
  const plausible = steps.filter((step) => step > 0.9 * size && step < 2 * size);
  return plausible.length > 0 ? quantile(plausible, 0.5) : 1.2 * size;
}

function blocksOfPage(sheet: Sheet, setting: Setting, style: Style): Block[] {
  const columns = setting.columns.get(sheet.number) ?? [];
  const { regions, pieces } = regionsOf(sheet, setting.size);
  const rules = sheet.rules.filter((rule) => !regions.some((region) => region.rules.includes(rule)));
  const { body, margin } = splitMargins(compose(pieces, rules, setting.size), columns);
  const bands = bandsOf({ pieces: body, parts: regions }, columns).map((band) => ({
    ...band,
    ...takeCaptions(linesOf(band.pieces), style),
  }));
  const floats = floatsOf(
    regions,
    bands.flatMap(({ captions }) => captions),
    sheet.number,
  );
  const blocks = bands.flatMap(({ column, parts, captions, rest }) => {
    const here = floats.filter(({ region, caption }) => (region ? parts.includes(region) : captions.includes(caption)));
    const place = { column, page: sheet.number, rules };
    return interleave(rest, here, (lines) => blocksOf(lines, place, style));
  });
  const aside = linesOf(margin);
  const notes: Block[] =
    aside.length > 0 ? [{ type: 'note', lines: aside, page: sheet.number, column: aside[0] as Box }] : [];
  return [...blocks, ...notes];
}

/** Lines that begin with `Figure 1:` and the like, with the lines that go on from them. */
function takeCaptions(lines: readonly Line[], style: Style): { captions: Line[][]; rest: Line[] } {
  const captions: Line[][] = [];
  const taken = new Set<Line>();
  for (const line of lines) {
    if (taken.has(line) || !labelOf(line)) continue;
    const caption = [line];
    taken.add(line);
    for (let last: Line | undefined = line; last;) {
      const before: Line = last;
      last = lines.find((next) => !taken.has(next) && !labelOf(next) && goesOn(before, next, style));
      if (last) {
        caption.push(last);
        taken.add(last);
      }
    }
    captions.push(caption);
  }
  return { captions, rest: lines.filter((line) => !taken.has(line)) };
}

const goesOn = (line: Line, next: Line, style: Style): boolean =>
  next.base > line.base + 0.5 * line.size &&
  next.base - line.base < Math.min(1.5 * line.size, 1.35 * style.leading) &&
  Math.abs(next.size - line.size) < 0.4 &&
  overlapX(line, next) > 0;

type Float = Extract<Block, { type: 'float' }>;

/** Each region with the caption that stands nearest to it. */
function floatsOf(regions: readonly Region[], captions: readonly Line[][], page: number): (Float & { y: number })[] {
  const free = new Set(captions);
  const pairs = regions.flatMap((region) =>
    captions.flatMap((caption) => {
      const [first] = caption;
      const distance = first ? distanceOf(region, caption) : Infinity;
      const fits = first && labelOf(first)?.kind === region.kind && overlapX(region, first) > 0;
      return fits && distance < 90 ? [{ region, caption, distance }] : [];
    }),
  );
  const given = new Map<Region, Line[]>();
  for (const { region, caption } of pairs.toSorted((a, b) => a.distance - b.distance)) {
    if (given.has(region) || !free.has(caption)) continue;
    given.set(region, caption);
    free.delete(caption);
  }
  const placed = regions.map((region) => floatOf(region, given.get(region) ?? [], page));
  const alone = [...free].map((caption) => floatOf(null, caption, page));
  return [...placed, ...alone];
}

function distanceOf(region: Box, caption: readonly Line[]): number {
  const [top, bottom] = [Math.min(...caption.map(({ y0 }) => y0)), Math.max(...caption.map(({ y1 }) => y1))];
  return Math.max(top - region.y1, region.y0 - bottom, 0);
}

function floatOf(region: Region | null, caption: Line[], page: number): Float & { y: number } {
  const label = caption[0] ? labelOf(caption[0]) : null;
  const y = Math.min(region?.y0 ?? Infinity, ...caption.map(({ y0 }) => y0));
  return { type: 'float', region, caption, page, label: label && `${label.kind} ${label.number}`, y };
}

/** Floats between the lines, at the height at which they stand. */
function interleave(
  lines: readonly Line[],
  floats: readonly (Float & { y: number })[],
  read: (lines: Line[]) => Block[],
): Block[] {
  const blocks: Block[] = [];
  let rest = [...lines];
  for (const float of floats.toSorted((a, b) => a.y - b.y)) {
    const before = rest.filter((line) => (line.y0 + line.y1) / 2 < float.y);
    blocks.push(...read(before), float);
    rest = rest.filter((line) => !before.includes(line));
  }
  return [...blocks, ...read(rest)];
}

/** The largest heading of the first page is the title; what stands before it comes after it. */
function titled(blocks: Block[]): Block[] {
  const first = blocks.filter((block) => block.type === 'heading' && block.page === 1);
  const size = (block: Block): number => (block.type === 'heading' ? (block.lines[0]?.size ?? 0) : 0);
  const title = first.reduce<Block | null>((a, b) => (!a || size(b) > size(a) ? b : a), null);
  if (title?.type !== 'heading') return blocks;
  const above = blocks.slice(0, blocks.indexOf(title));
  const below = blocks.slice(blocks.indexOf(title) + 1);
  return [{ ...title, type: 'title', level: 1 }, ...above, ...below];
}

/** A paragraph that goes on in the next column or on the next page; what stands between goes to its nearer end. */
function joinParagraphs(blocks: readonly Block[], { size }: Style): Block[] {
  const joined: Block[] = [];
  for (const block of blocks) {
    const at = joined.findLastIndex((other) => other.type !== 'float' && other.type !== 'note');
    const open = joined[at];
    const apart =
      at < joined.length - 1 ||
      open?.page !== block.page ||
      (open.type === 'text' && block.type === 'text' && open.column !== block.column);
    if (block.type !== 'text' || open?.type !== 'text' || !apart || !continues(open, block, size)) {
      joined.push(block);
      continue;
    }
    const before = open.lines.length < block.lines.length;
    const floats = before ? joined.slice(at + 1).filter(({ type }) => type === 'float') : [];
    const whole = { ...block, lines: [...open.lines, ...block.lines] };
    const rest = joined.slice(at + 1).filter((other) => !floats.includes(other));
    joined.splice(at, joined.length - at, ...floats, whole, ...rest);
  }
  return joined;
}

function continues(
  open: Extract<Block, { column: Box }>,
  next: Extract<Block, { column: Box }>,
  size: number,
): boolean {
  const [last, first] = [open.lines.at(-1), next.lines[0]];
  if (!last || !first || Math.abs(last.size - first.size) > 0.7) return false;
  if (first.x0 > next.column.x0 + 0.7 * size) return false;
  return !isShort(last, open.column, size) && !endsSentence(last);
}
