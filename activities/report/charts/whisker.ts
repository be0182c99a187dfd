import { COLOUR } from './colours.ts';

export type At = readonly [x: number, y: number];

const line = ([x1, y1]: At, [x2, y2]: At, stroke: string, lineWidth = 1.25) => ({
  type: 'line' as const,
  shape: { x1, y1, x2, y2 },
  style: { stroke, lineWidth },
});

/**
 * An error bar in pixels, lying or upright: a line between two points with an end across at each. A rim in the paper's colour
 * keeps it readable on a bar.
 */
export function whisker(from: At, to: At, colour: string) {
  const lies = from[1] === to[1];
  const [dx, dy] = lies ? [0, 4] : [4, 0];
  const across = ([x, y]: At): readonly [At, At] => [
    [x - dx, y - dy],
    [x + dx, y + dy],
  ];
  const strokes: (readonly [At, At])[] = [[from, to], across(from), across(to)];
  const rim = strokes.map(([start, end]) => line(start, end, COLOUR.paper, 3.5));
  return [...rim, ...strokes.map(([start, end]) => line(start, end, colour))];
}
