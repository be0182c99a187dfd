import { labelOf, type FloatKind } from './captions.ts';
import type { Sheet } from './layout.ts';
import type { Piece } from './lines.ts';
import { around, height, overlapX, overlapY, width, within, type Box } from './page.ts';

/** A part of a page that is no running text. */
export interface Region extends Box {
  kind: FloatKind;
  pieces: Piece[];
  /** Lines drawn in it. */
  rules: Box[];
}

/** Tables, algorithms and figures of a page, and the pieces that are left. */
export function regionsOf(sheet: Sheet, size: number): { regions: Region[]; pieces: Piece[] } {
  const framed = framedRegions(sheet, size);
  const figures = figureRegions(sheet, framed, size);
  const boxes = [...figures, ...framed];
  const regions = boxes.map(({ kind, drawn, ...box }) => ({
    ...box,
    kind,
    pieces: sheet.pieces.filter(
      (piece) => holds(box, piece) || (drawn !== undefined && piece.order < drawn.before && within(piece, drawn)),
    ),
    rules: sheet.rules.filter((rule) => within(rule, box, 2)),
  }));
  const taken = new Set(regions.flatMap((region) => region.pieces));
  return { regions, pieces: sheet.pieces.filter((piece) => !taken.has(piece)) };
}

/** `drawn` is a picture's own box, which may reach under its caption: what was written before that is the picture's. */
type Kinded = Box & { kind: FloatKind; drawn?: Box & { before: number } };

const holds = (box: Box, piece: Piece): boolean =>
  within({ ...piece, y0: piece.base - piece.size * 0.5, y1: piece.base }, box, 1);

/** Between the first and the last of some rules of the same width lies a table, or an algorithm. */
function framedRegions(sheet: Sheet, size: number): Kinded[] {
  const across = joinRules(sheet.rules).filter((rule) => width(rule) >= 40);
  const left = new Set(across);
  const regions: Kinded[] = [];
  for (const top of across) {
    if (!left.has(top)) continue;
    const family = [top];
    for (const rule of across) {
      const last = family.at(-1) ?? top;
      if (rule.y0 <= last.y0 + 1 || !sameExtent(top, rule)) continue;
      const gap = { x0: top.x0, x1: top.x1, y0: last.y1, y1: rule.y0 };
      if (breaksOff(gap, sheet, { size, first: family.length === 1 })) break;
      family.push(rule);
    }
    dropLoose(family, sheet);
    if (family.length < 2) continue;
    const box = around(family);
    const inside = sheet.pieces.filter((piece) => holds(box, piece));
    const shapes = sheet.shapes.filter((shape) => within(shape, box)).length;
    if (inside.length === 0 || height(box) < size || shapes > inside.length / 2) continue;
    for (const rule of across) if (within(rule, box, 2)) left.delete(rule);
    regions.push({ ...box, kind: kindOf(inside, size) });
  }
  return regions;
}

/** Rules on one height that touch each other are one. */
function joinRules(rules: readonly Box[]): Box[] {
  const joined: Box[] = [];
  for (const rule of rules.filter((one) => width(one) > height(one)).toSorted((a, b) => a.y0 - b.y0 || a.x0 - b.x0)) {
    const home = joined.findLast(
      (other) => Math.abs(other.y0 - rule.y0) < 1 && rule.x0 - other.x1 < 3 && other.x0 - rule.x1 < 3,
    );
    if (home) Object.assign(home, around([home, rule]));
    else joined.push({ ...rule });
  }
  return joined;
}

const sameExtent = (a: Box, b: Box): boolean => Math.abs(a.x0 - b.x0) < 4 && Math.abs(a.x1 - b.x1) < 4;

/** A last rule with nothing above it opens what comes next. */
function dropLoose(family: Box[], sheet: Sheet): void {
  for (let last = family.at(-1); family.length > 2 && last; last = family.at(-1)) {
    const before = family.at(-2) ?? last;
    const gap = { ...last, y0: before.y1, y1: last.y0 };
    if (height(gap) < 5 || sheet.pieces.some((piece) => holds(gap, piece))) return;
    family.pop();
  }
}

/** Running text or a caption between two rules: they are not of one table. */
function breaksOff(gap: Box, sheet: Sheet, { size, first }: { size: number; first: boolean }): boolean {
  const between = sheet.pieces.filter(
    (piece) => holds({ ...gap, x0: -Infinity, x1: Infinity }, piece) && overlapX(piece, gap) > 0,
  );
  if (between.some((piece) => piece.x0 < gap.x0 - 6 || piece.x1 > gap.x1 + 6)) return true;
  const labels = between.flatMap((piece) => labelOf(piece)?.kind ?? []);
  if (labels.some((kind) => kind !== 'algorithm' || !first)) return true;
  const full = between.filter((piece) => width(piece) > 0.93 * width(gap) && Math.abs(piece.size - size) < 0.6);
  return full.length >= 3 && full.length > 0.6 * between.length;
}

function kindOf(pieces: readonly Piece[], size: number): FloatKind {
  const [first] = pieces.toSorted((a, b) => a.base - b.base || a.x0 - b.x0);
  if (first && labelOf(first)?.kind === 'algorithm') return 'algorithm';
  const numbered = pieces.filter((piece) => /^\d+:/.test(piece.glyphs.map(({ text }) => text).join('')));
  return numbered.length > 3 && numbered.every((piece) => piece.x0 < Math.min(...pieces.map(({ x0 }) => x0)) + 3 * size)
    ? 'algorithm'
    : 'table';
}

/** Drawings and pictures, near ones together; those of one caption are one figure. */
function figureRegions(sheet: Sheet, framed: readonly Kinded[], size: number): Kinded[] {
  const page = sheet.width * sheet.height;
  const drawn = [...sheet.shapes, ...sheet.rules].filter(
    (box) => width(box) * height(box) < 0.8 * page && !framed.some((region) => within(box, region, 2)),
  );
  const clusters = clustersOf(drawn, 6).filter((box) => {
    const shapes = sheet.shapes.filter((shape) => within(shape, box, 2)).length;
    return (
      width(box) > 24 &&
      height(box) > 24 &&
      (shapes > 0 || sheet.rules.filter((rule) => within(rule, box, 2)).length > 8)
    );
  });
  const captions = sheet.pieces.filter((piece) => labelOf(piece)?.kind === 'figure');
  const left = new Set(clusters);
  const figures: Kinded[] = [];
  for (const caption of captions.toSorted((a, b) => a.y0 - b.y0)) {
    const mine = above(caption, [...left], { sheet, size });
    if (mine.length === 0) continue;
    for (const cluster of mine) left.delete(cluster);
    const box = withLabels(around(mine), sheet, { size, caption });
    figures.push({ ...box, kind: 'figure', drawn: { ...around(mine), before: caption.order } });
  }
  const others = [...left].filter((box) => width(box) * height(box) > 0.02 * page && box.x0 > 0.06 * sheet.width);
  return [...figures, ...others.map((box) => ({ ...box, kind: 'figure' as const }))];
}

/** The drawings that a caption stands under, as far as no running text lies between. */
function above(caption: Piece, clusters: readonly Box[], { sheet, size }: { sheet: Sheet; size: number }): Box[] {
  const mine: Box[] = [];
  let bottom = caption.y0;
  for (const cluster of clusters.toSorted((a, b) => b.y1 - a.y1)) {
    // The box of a picture often reaches under its caption.
    if (cluster.y1 > caption.y0 + 6 && (cluster.y0 > caption.y0 - 30 || cluster.y1 > caption.y1 + 30)) continue;
    const beside = mine.some((other) => overlapY(other, cluster) > 0.4 * Math.min(height(other), height(cluster)));
    if (overlapX(cluster, caption) < 0 && !beside) continue;
    if (beside && captionedItself(cluster, caption, sheet)) continue;
    const gap = {
      x0: Math.min(cluster.x0, caption.x0),
      x1: Math.max(cluster.x1, caption.x1),
      y0: cluster.y1,
      y1: bottom,
    };
    const text = sheet.pieces.filter((piece) => piece !== caption && within(piece, gap) && isText(piece, size));
    if (text.length > 1 || bottom - cluster.y1 > 120) continue;
    mine.push(cluster);
    bottom = Math.min(...mine.map(({ y0 }) => y0));
  }
  return mine;
}

const captionedItself = (cluster: Box, caption: Piece, sheet: Sheet): boolean =>
  sheet.pieces.some(
    (piece) =>
      piece !== caption &&
      labelOf(piece)?.kind === 'figure' &&
      overlapX(piece, cluster) > 0 &&
      piece.y0 > cluster.y1 - 6 &&
      piece.y0 - cluster.y1 < 60,
  );

/** A line of running text, not a label in a figure. */
const isText = (piece: Piece, size: number): boolean => piece.size > size - 0.6 && width(piece) > 14 * size;

/** Takes in the labels around a drawing: small or short text that touches it or lies between it and its caption. */
function withLabels(box: Box, sheet: Sheet, { size, caption }: { size: number; caption: Piece }): Box {
  let grown = box;
  for (let round = 0; round < 3; round += 1) {
    const near = sheet.pieces.filter((piece) => {
      if (piece === caption || piece.y0 >= caption.y0 - 1 || isText(piece, size) || labelOf(piece)) return false;
      const between = piece.y0 > grown.y1 - 2 && overlapX(piece, grown) > 0;
      const touching = overlapX(piece, grown) > -6 && overlapY(piece, grown) > -4;
      return (between || touching) && piece.x1 < grown.x1 + 40 && piece.x0 > grown.x0 - 40;
    });
    grown = around([grown, ...near]);
  }
  return { ...grown, y1: Math.min(grown.y1, caption.y0 - 1) };
}

function clustersOf(boxes: readonly Box[], reach: number): Box[] {
  let clusters: Box[] = [];
  for (const box of boxes) {
    const touching = clusters.filter((other) => overlapX(box, other) > -reach && overlapY(box, other) > -reach);
    clusters = [...clusters.filter((other) => !touching.includes(other)), around([box, ...touching])];
  }
  // Clusters that grew may touch now.
  const merged = clusters.length < boxes.length ? clustersOf(clusters, reach) : clusters;
  return merged;
}
