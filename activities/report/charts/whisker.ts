import { COLOUR } from './colours.ts';

export type At = readonly [x: number, y: number];
type Stroke = readonly [from: At, to: At];

/**
 * An error bar in pixels, lying or upright: a line between two points with an end across at each. A rim in the paper's
 * colour keeps it readable on a bar.
 */
export function whisker(from: At, to: At, colour: string) {
  const [dx, dy] = from[1] === to[1] ? [0, 4] : [4, 0];
  const across = ([x, y]: At): Stroke => [
    [x - dx, y - dy],
    [x + dx, y + dy],
  ];
  const strokes: Stroke[] = [[from, to], across(from), across(to)];
  const rim = strokes.map((stroke) => line(stroke, COLOUR.paper, 3.5));
  return [...rim, ...strokes.map((stroke) => line(stroke, colour, 1.25))];
}

const line = ([[x1, y1], [x2, y2]]: Stroke, stroke: string, lineWidth: number) => ({
  type: 'line' as const,
  shape: { x1, y1, x2, y2 },
  style: { stroke, lineWidth },
});
