import { short } from '../numbers.ts';
import type { Markup } from '../markup.ts';
import { COLOUR } from './colours.ts';
import { draw, legend, nameAxis, numberAxis, quiet, still, upTo } from './draw.ts';

export interface StackedColumns {
  label: string;
  axes: { x: string; y: string };
  names: readonly string[];
  /** One value for each name. */
  series: readonly { name: string; colour: string; values: readonly number[] }[];
  /** Draws every column as high as the others, by its shares in percent. */
  shares?: boolean;
  width?: number;
  height?: number;
}

/** One standing column for each name, made of the series' values one upon the other. */
export function stackedColumns({
  label,
  axes,
  names,
  series,
  shares,
  width = 460,
  height = 250,
}: StackedColumns): Markup {
  const totals = names.map((_, index) => series.reduce((sum, one) => sum + (one.values[index] ?? 0), 0));
  const drawn = (value: number, index: number): number =>
    shares ? (100 * value) / Math.max(totals[index] ?? 0, Number.MIN_VALUE) : value;
  const all = totals.reduce((sum, total) => sum + total, 0);
  const spoken = series.map((one) => `${one.name} ${shareOf(one.values, all)}`);
  return draw(
    { width, height, label: `${label}, in all: ${spoken.join(', ')}` },
    {
      legend: legend(series.map((one) => one.name)),
      grid: { left: 54, right: 16, top: 30, bottom: 40 },
      xAxis: {
        ...nameAxis(names),
        name: axes.x,
        nameLocation: 'middle',
        nameGap: 24,
        nameTextStyle: quiet,
        axisLabel: { ...quiet, interval: Math.ceil(names.length / 12) - 1 },
      },
      yAxis: {
        ...numberAxis(axes.y),
        nameGap: 38,
        splitNumber: 4,
        ...(shares ? { ...upTo(100), axisLabel: { ...quiet, formatter: '{value} %' } } : {}),
      },
      series: series.map(({ name, colour, values }) => ({
        type: 'bar' as const,
        ...still,
        name,
        stack: 'all',
        barCategoryGap: names.length > 30 ? '8%' : '22%',
        itemStyle: { color: colour, borderColor: COLOUR.paper, borderWidth: names.length > 30 ? 0 : 0.5 },
        data: values.map((value, index) => drawn(value, index)),
      })),
    },
  );
}

function shareOf(values: readonly number[], all: number): string {
  const sum = values.reduce((total, value) => total + value, 0);
  return `${short(all === 0 ? 0 : (100 * sum) / all)} %`;
}
