import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from 'echarts';
import { short } from '../numbers.ts';
import type { Markup } from '../markup.ts';
import { COLOUR, SERIES } from './colours.ts';
import { draw, legend, numberAxis, quiet, still, upTo } from './draw.ts';
import { whisker, type At } from './whisker.ts';

export interface Point {
  x: number;
  y: number;
  /** Half the length of the error bar, in the unit of y. */
  error?: number | null;
}

export interface Line {
  name: string;
  points: readonly Point[];
  /** Points alone, without a line between them. */
  loose?: boolean;
}

/** A stretch of the lying axis with a name, such as a stage. */
export interface Band {
  name: string;
  from: number;
  to: number;
}

export interface LineChart {
  label: string;
  axes: { x: string; y: string };
  lines: readonly Line[];
  /** Stretches set off from each other behind the lines. */
  bands?: readonly Band[];
  /** Where the upright axis begins and ends; without it the points decide. */
  range?: { min?: number; max?: number };
  width?: number;
  height?: number;
}

/** Lines over a number that grows: loss against step, score by checkpoint with its error. */
export function lineChart({
  label,
  axes,
  lines,
  bands = [],
  range = {},
  width = 460,
  height = 250,
}: LineChart): Markup {
  const named = lines.length > 1;
  const room = bands.length > 0 ? 14 : 0;
  const frame = { width, height, label: `${label}. ${lines.map((line) => spoken(line)).join('; ')}` };
  return draw(frame, {
    ...(named ? { legend: legend(lines.map((line) => line.name)) } : {}),
    grid: { left: 54, right: 16, top: (named ? 30 : 12) + room, bottom: 40 },
    xAxis: { ...numberAxis(axes.x), scale: true, nameGap: 24, splitNumber: 5, ...across(bands) },
    yAxis: {
      ...numberAxis(axes.y),
      scale: true,
      ...(range.min === undefined ? {} : { min: range.min }),
      ...upTo(range.max),
      nameGap: 38,
      splitNumber: 4,
    },
    series: [
      ...lines.flatMap((line, index) => seriesOf(line, bands, SERIES[index % SERIES.length] as string)),
      ...bandsOf(bands),
    ],
  });
}

/** The axis holds its bands whole, and whole numbers alone are written at it. */
const across = (bands: readonly Band[]) =>
  bands.length === 0
    ? {}
    : {
        min: bands[0]?.from ?? 0,
        max: bands.at(-1)?.to ?? 0,
        minInterval: 1,
        axisLabel: { ...quiet, formatter: wholeOnly },
      };

const wholeOnly = (value: number): string => (Number.isInteger(value) ? String(value) : '');

function bandsOf(bands: readonly Band[]) {
  if (bands.length === 0) return [];
  const data = bands.map(({ name, from, to }, index) => [
    { name, xAxis: from, itemStyle: { color: COLOUR.ink, opacity: index % 2 === 0 ? 0.045 : 0 } },
    { xAxis: to },
  ]);
  const label = { ...quiet, position: 'top' as const, distance: 3 };
  return [{ type: 'line' as const, ...still, data: [], markArea: { silent: true, label, data: data as never } }];
}

function seriesOf({ name, points, loose = false }: Line, bands: readonly Band[], colour: string) {
  return [
    {
      type: 'line' as const,
      ...still,
      name,
      showSymbol: loose || points.length <= 60,
      symbol: loose ? 'diamond' : 'circle',
      symbolSize: loose ? 9 : points.length > 24 ? 4 : 6,
      lineStyle: { width: loose ? 0 : 1.75, color: colour },
      z: loose ? 4 : 3,
      itemStyle: { color: colour },
      data: withGaps(points, bands),
    },
    {
      type: 'custom' as const,
      silent: true,
      renderItem: (params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) =>
        errorBar(points[params.dataIndex] as Point, colour, api),
      data: points.map(({ x, y }) => [x, y]),
    },
  ];
}

/** What lies in different bands is not one line: they are measured under different conditions. */
function withGaps(points: readonly Point[], bands: readonly Band[]): (number | null)[][] {
  const bandOf = ({ x }: Point): number => bands.findIndex(({ from, to }) => x >= from && x < to);
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    const gap = before && bandOf(before) !== bandOf(point) ? [[point.x, null]] : [];
    return [...gap, [point.x, point.y]];
  });
}

function errorBar({ x, y, error }: Point, colour: string, api: CustomSeriesRenderItemAPI) {
  if (!error) return null;
  const at = (height: number): At => api.coord([x, height]) as unknown as At;
  return { type: 'group' as const, children: whisker(at(y - error), at(y + error), colour) };
}

function spoken({ name, points }: Line): string {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return `${name}: no points`;
  return `${name}: from ${short(first.y)} at ${short(first.x)} to ${short(last.y)} at ${short(last.x)}`;
}
