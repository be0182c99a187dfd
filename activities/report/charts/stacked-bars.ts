import type { Markup } from '../markup.ts';
import { COLOUR } from './colours.ts';
import { clipped, draw, legend, nameAxis, numberAxis, quiet, still, upTo, widthOf } from './draw.ts';

export interface StackedBars {
  label: string;
  /** What is counted, under the axis; shares are counted in percent. */
  axis: string;
  names: readonly string[];
  /** One value for each name. */
  series: readonly { name: string; colour: string; values: readonly number[] }[];
  /** Draws every bar as long as the others, by its shares. */
  shares?: boolean;
  width?: number;
}

const ROW = 28;

/** One lying bar for each name, made of the series' values one after the other. */
export function stackedBars({ label, axis, names, series, shares = false, width = 460 }: StackedBars): Markup {
  const short = names.map((name) => clipped(name));
  const totals = names.map((_, index) => series.reduce((sum, one) => sum + (one.values[index] ?? 0), 0));
  const drawn = (value: number, index: number): number =>
    shares ? (100 * value) / Math.max(totals[index] ?? 0, Number.MIN_VALUE) : value;
  const spoken = names.map((name, index) => `${name}: ${partsOf(series, index)}`);
  const rows = legendRows(series, width);
  const frame = { width, height: names.length * ROW + 48 + rows * 20, label: `${label}. ${spoken.join('; ')}` };
  return draw(frame, {
    legend: legend(series.map((one) => one.name)),
    grid: { left: widthOf(short) + 12, right: 18, top: 8 + rows * 20, bottom: 40 },
    xAxis: {
      ...numberAxis(axis),
      nameGap: 24,
      splitNumber: 4,
      ...(shares ? { ...upTo(100), axisLabel: { ...quiet, formatter: '{value} %' } } : {}),
    },
    yAxis: { ...nameAxis(short), inverse: true },
    series: series.map(({ name, colour, values }) => ({
      type: 'bar' as const,
      ...still,
      name,
      stack: 'all',
      barWidth: 14,
      itemStyle: { color: colour, borderColor: COLOUR.paper, borderWidth: 0.75 },
      data: values.map((value, index) => drawn(value, index)),
    })),
  });
}

/** How many lines the legend takes, by the width of its words. */
function legendRows(series: StackedBars['series'], width: number): number {
  const needed = series.reduce((sum, one) => sum + widthOf([one.name]) + 30, 0);
  return Math.max(1, Math.ceil(needed / width));
}

function partsOf(series: StackedBars['series'], index: number): string {
  const parts = series.filter((one) => (one.values[index] ?? 0) > 0).map((one) => `${one.values[index]} ${one.name}`);
  return parts.length > 0 ? parts.join(', ') : 'none';
}
