/** A box on a page in points, from the upper left corner: y grows downwards. */
export interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** A character where it stands. */
export interface Glyph extends Box {
  text: string;
  /** Of the baseline. */
  base: number;
  size: number;
  bold: boolean;
  italic: boolean;
  mono: boolean;
  /** Set in a font for mathematics. */
  maths: boolean;
  /** How heavy its font is, where that can be compared. */
  weight: number | null;
  /** Set upwards or downwards, not from left to right. */
  turned: boolean;
  /** White space was written before it. */
  spaced: boolean;
  /** The address that it leads to. */
  link?: string;
  /** Already Markdown: parts that were put together. */
  raw?: boolean;
  /** The position in the order in which the file draws. */
  order: number;
}

/** What a page shows, as far as the reading of it needs. */
export interface Page {
  number: number;
  width: number;
  height: number;
  glyphs: Glyph[];
  /** Thin lines: horizontal or vertical. */
  rules: Box[];
  /** Other drawings and pictures. */
  shapes: Box[];
  /** Parts of the page that lead to an address. */
  links: (Box & { uri: string })[];
  /** Characters that no letter is known for. */
  unreadable: number;
}

export const width = ({ x0, x1 }: Box): number => x1 - x0;
export const height = ({ y0, y1 }: Box): number => y1 - y0;
export const middle = ({ y0, y1 }: Box): number => (y0 + y1) / 2;

/** The smallest box around some others. */
export function around(boxes: readonly Box[]): Box {
  const box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (const { x0, y0, x1, y1 } of boxes) {
    box.x0 = Math.min(box.x0, x0);
    box.y0 = Math.min(box.y0, y0);
    box.x1 = Math.max(box.x1, x1);
    box.y1 = Math.max(box.y1, y1);
  }
  return box;
}

/** How much two intervals share; negative is the gap between them. */
export const overlapX = (a: Box, b: Box): number => Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0);
export const overlapY = (a: Box, b: Box): number => Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0);

/** Whether the middle of a lies in b, with some slack around it. */
export function within(a: Box, b: Box, slack = 0): boolean {
  const x = (a.x0 + a.x1) / 2;
  const y = (a.y0 + a.y1) / 2;
  return x >= b.x0 - slack && x <= b.x1 + slack && y >= b.y0 - slack && y <= b.y1 + slack;
}
