import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { barsWithErrors } from '../../../../activities/report/charts/bars-with-errors.ts';
import { binsOf, histogram } from '../../../../activities/report/charts/histogram.ts';
import { lineChart } from '../../../../activities/report/charts/line-chart.ts';
import { stackedBars } from '../../../../activities/report/charts/stacked-bars.ts';
import type { Markup } from '../../../../activities/report/markup.ts';

/** How far the shapes of a colour reach from left to right, in pixels. */
const extents = ({ html }: Markup, colour: string): number[][] =>
  [...html.matchAll(/<path d="([^"]+)"[^>]*>/g)]
    .filter(([whole]) => whole.includes(`="${colour}"`))
    .map(([, path = '']) => {
      let at = 0;
      const xs = [...path.matchAll(/([MLl])([-\d.]+) /g)].map(
        ([, kind, x]) => (at = kind === 'l' ? at + Number(x) : Number(x)),
      );
      return [Math.min(...xs), Math.max(...xs)];
    });

const bar = (name: string, value: number | null, error: number | null) => ({ name, value, error });

test('a bar is as long as its value, its error reaches as far to both sides, and its figures stand behind it', () => {
  const chart = barsWithErrors({ label: 'L', axis: 'score', bars: [bar('a', 0.25, null), bar('b', 0.5, 0.1)], max: 1 });
  const [a, b] = extents(chart, 'var(--accent)').map(([left = 0, right = 0]) => right - left);
  expect((b ?? 0) / (a ?? 1)).toBeCloseTo(2, 1);
  const [whiskers] = extents(chart, 'var(--ink)').filter(([left = 0, right = 0]) => right - left > 8);
  const unit = (b ?? 0) / 0.5;
  expect((whiskers?.[1] ?? 0) - (whiskers?.[0] ?? 0)).toBeCloseTo(0.2 * unit, -1);
  expect(chart.html).toContain('>0.500 ± 0.100</text>');
  expect(chart.html).toContain('aria-label="L: a 0.250, b 0.500 ± 0.100"');
});

test('what was not measured keeps its row and has a dash instead of a bar', () => {
  const chart = barsWithErrors({ label: 'L', axis: 'score', bars: [bar('none', null, null)], max: 1 });
  expect(extents(chart, 'var(--accent)')).toEqual([]);
  expect(chart.html).toContain('>none</text>');
  expect(chart.html).toContain('>–</text>');
});

test('a name that is markup is drawn as text, and one that is too long is cut', () => {
  const chart = barsWithErrors({
    label: '<b>',
    axis: 'x',
    bars: [bar('<script>', 1, null), bar('n'.repeat(40), 1, null)],
  });
  expect(chart.html).toContain('>&lt;script&gt;</text>');
  expect(chart.html).not.toMatch(/<script|<b>/);
  expect(chart.html).toContain(`>${'n'.repeat(21)}…</text>`);
});

test('stacked bars hold one piece for each value that is not zero, and shares make them equally long', () => {
  const series = [
    { name: 'submitted', colour: 'red', values: [1, 30] },
    { name: 'budget', colour: 'blue', values: [3, 10] },
  ];
  const chart = stackedBars({ label: 'Ends', axis: 'share', names: ['a', 'b'], series, shares: true });
  const ends = extents(chart, 'blue')
    .slice(0, 2)
    .map(([, right]) => Math.round(right ?? 0));
  expect(ends[0]).toBe(ends[1]);
  const [a = 0, b = 0] = extents(chart, 'red')
    .slice(0, 2)
    .map(([left = 0, right = 0]) => right - left);
  expect(b / a).toBeCloseTo(0.75 / 0.25, 1);
  expect(chart.html).toContain('aria-label="Ends. a: 1 submitted, 3 budget; b: 30 submitted, 10 budget"');
  for (const name of ['submitted', 'budget', '100 %']) expect(chart.html).toContain(`>${name}</text>`);
});

test('a bar without anything in it says so and draws nothing', () => {
  const chart = stackedBars({
    label: 'Ends',
    axis: 'share',
    names: ['a'],
    series: [{ name: 's', colour: 'red', values: [0] }],
    shares: true,
  });
  expect(chart.html).toContain('a: none');
  expect(chart.html).not.toContain('NaN');
});

test('a line goes through its points, names its axes, and has error bars where points have errors', () => {
  const points = [0, 1, 2].map((x) => ({ x, y: x / 2, error: x === 1 ? 0.1 : null }));
  const chart = lineChart({ label: 'Score', axes: { x: 'step', y: 'score' }, lines: [{ name: 'rl', points }] });
  expect(chart.html).toContain('>step</text>');
  expect(chart.html).toContain('>score</text>');
  expect(chart.html.match(/stroke="var\(--series-1\)" stroke-width="1\.25"/g)).toHaveLength(3);
  expect(chart.html).toContain('aria-label="Score. rl: from 0 at 0 to 1 at 2"');
});

test('several lines have a legend and colours of their own; one line has none', () => {
  const line = (name: string) => ({
    name,
    points: [
      { x: 0, y: 1 },
      { x: 1, y: 2 },
    ],
  });
  const axes = { x: 'x', y: 'y' };
  const two = lineChart({ label: 'L', axes, lines: [line('first'), line('second')] }).html;
  expect(two).toContain('>second</text>');
  expect(two).toContain('stroke="var(--series-2)"');
  expect(lineChart({ label: 'L', axes, lines: [line('first')] }).html).not.toContain('>first</text>');
});

test('a histogram has a bar as high as its bin is full', () => {
  const bins = [
    { from: 0, to: 10, count: 5 },
    { from: 10, to: 20, count: 0 },
  ];
  const { html } = histogram({ label: 'Windows', axes: { x: 'windows', y: 'trajectories' }, bins });
  expect(html).toContain('aria-label="Windows: 5 in all; 5 from 0 to 10"');
  expect(html).toContain('>trajectories</text>');
});

test('bins hold every value once, are equally wide, and never divide whole numbers', () => {
  const values = fc.oneof(
    fc.array(fc.integer({ min: -50, max: 500 }), { minLength: 1 }),
    fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1 }),
  );
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 30 }), (values, most) => {
      const bins = binsOf(values, most);
      expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(values.length);
      expect(bins.length).toBeLessThanOrEqual(most);
      const divided = values.every(Number.isInteger) && !bins.every((bin) => Number.isInteger(bin.from));
      expect(divided).toBe(false);
    }),
  );
  expect(binsOf([])).toEqual([]);
  expect(binsOf([3, 4, 4, 6], 20)).toEqual(
    [3, 4, 5, 6].map((from) => ({ from, to: from + 1, count: [1, 2, 0, 1][from - 3] })),
  );
});

test('the same chart is drawn by the same bytes, however many were drawn before it', () => {
  const one = () => histogram({ label: 'H', axes: { x: 'x', y: 'y' }, bins: [{ from: 0, to: 1, count: 2 }] }).html;
  const first = one();
  lineChart({
    label: 'L',
    axes: { x: 'x', y: 'y' },
    lines: [
      {
        name: 'a',
        points: [
          { x: 0, y: 0 },
          { x: 1, y: 1 },
        ],
      },
    ],
  });
  expect(one()).toBe(first);
});
