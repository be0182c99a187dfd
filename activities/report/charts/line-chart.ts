import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from 'echarts';
import { short } from '../numbers.ts';
import type { Markup } from '../markup.ts';
import { SERIES } from './colours.ts';
import { draw, legend, numberAxis, still, upTo } from './draw.ts';
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
}

export interface LineChart {
  label: string;
  axes: { x: string; y: string };
  lines: readonly Line[];
  /** Where the upright axis begins and ends; without it the points decide. */
  range?: { min?: number; max?: number };
  width?: number;
  height?: number;
}

/** Lines over a number that grows: loss against step, score by checkpoint with its error. */
export function lineChart({ label, axes, lines, range = {}, width = 460, height = 250 }: LineChart): Markup {
  const named = lines.length > 1;
  const frame = { width, height, label: `${label}. ${lines.map((line) => spoken(line)).join('; ')}` };
  return draw(frame, {
    ...(named ? { legend: legend(lines.map((line) => line.name)) } : {}),
    grid: { left: 54, right: 16, top: named ? 30 : 12, bottom: 40 },
    xAxis: { ...numberAxis(axes.x), scale: true, nameGap: 24, splitNumber: 5 },
    yAxis: {
      ...numberAxis(axes.y),
      scale: true,
      ...(range.min === undefined ? {} : { min: range.min }),
      ...upTo(range.max),
      nameGap: 38,
      splitNumber: 4,
    },
    series: lines.flatMap((line, index) => seriesOf(line, SERIES[index % SERIES.length] as string)),
  });
}

function seriesOf({ name, points }: Line, colour: string) {
  return [
    {
      type: 'line' as const,
      ...still,
      name,
      showSymbol: points.length <= 20,
      symbol: 'circle',
      symbolSize: 6,
      lineStyle: { width: 1.75, color: colour },
      itemStyle: { color: colour },
      data: points.map(({ x, y }) => [x, y]),
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
