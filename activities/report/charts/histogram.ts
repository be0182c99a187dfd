import { short } from '../numbers.ts';
import type { Markup } from '../markup.ts';
import { COLOUR } from './colours.ts';
import { draw, nameAxis, numberAxis, quiet, still } from './draw.ts';

/** Values from `from` (included) to `to` (excluded; included in the last bin). */
export interface Bin {
  from: number;
  to: number;
  count: number;
}

export interface Histogram {
  label: string;
  axes: { x: string; y: string };
  bins: readonly Bin[];
  width?: number;
  height?: number;
}

/** How many values fall where: one standing bar for each bin. */
export function histogram({ label, axes, bins, width = 460, height = 220 }: Histogram): Markup {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  const spoken = bins
    .filter((bin) => bin.count > 0)
    .map((bin) => `${bin.count} from ${short(bin.from)} to ${short(bin.to)}`);
  return draw(
    { width, height, label: `${label}: ${total} in all${spoken.length > 0 ? `; ${spoken.join(', ')}` : ''}` },
    {
      grid: { left: 54, right: 16, top: 12, bottom: 40 },
      xAxis: {
        ...nameAxis(bins.map((bin) => short(bin.from))),
        name: axes.x,
        nameLocation: 'middle',
        nameGap: 24,
        nameTextStyle: quiet,
        axisLabel: { ...quiet, interval: 'auto' },
      },
      yAxis: { ...numberAxis(axes.y), nameGap: 38, splitNumber: 4, minInterval: 1 },
      series: [
        {
          type: 'bar',
          ...still,
          barCategoryGap: '8%',
          itemStyle: { color: COLOUR.accent, borderRadius: [2, 2, 0, 0] },
          data: bins.map((bin) => bin.count),
        },
      ],
    },
  );
}

/** Bins of equal width over the values; whole numbers are never divided. None for no values. */
export function binsOf(values: readonly number[], most = 20): Bin[] {
  if (values.length === 0) return [];
  const low = values.reduce((least, value) => Math.min(least, value));
  const high = values.reduce((largest, value) => Math.max(largest, value));
  const integers = values.every((value) => Number.isInteger(value));
  const step = integers ? Math.max(1, Math.ceil((high - low + 1) / most)) : (high - low) / most || 1;
  const bins = integers ? Math.ceil((high - low + 1) / step) : high === low ? 1 : most;
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of values) {
    const index = Math.min(bins - 1, Math.floor((value - low) / step));
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts.map((count, index) => ({ from: low + index * step, to: low + (index + 1) * step, count }));
}
