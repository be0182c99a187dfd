import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from 'echarts';
import { withError } from '../numbers.ts';
import type { Markup } from '../markup.ts';
import { COLOUR } from './colours.ts';
import { clipped, draw, nameAxis, numberAxis, still, upTo, widthOf } from './draw.ts';
import { whisker, type At } from './whisker.ts';

export interface Bar {
  name: string;
  /** Null where nothing was measured: the row stays, without a bar. */
  value: number | null;
  /** Half the length of the error bar, in the value's unit. */
  error: number | null;
}

export interface BarsWithErrors {
  label: string;
  /** What the values are, under the axis. */
  axis: string;
  bars: readonly Bar[];
  /** Where the axis ends; without it where the longest bar does. */
  max?: number;
  width?: number;
}

const ROW = 30;

/** One lying bar for each name, its error as whiskers, its figures behind it. */
export function barsWithErrors({ label, axis, bars, max, width = 460 }: BarsWithErrors): Markup {
  const names = bars.map((bar) => clipped(bar.name));
  const spoken = bars.map((bar) => `${bar.name} ${withError(bar.value, bar.error)}`);
  const frame = { width, height: bars.length * ROW + 44, label: `${label}: ${spoken.join(', ')}` };
  return draw(frame, {
    grid: { left: widthOf(names) + 12, right: 98, top: 4, bottom: 40 },
    xAxis: { ...numberAxis(axis), min: 0, nameGap: 24, splitNumber: 4, ...upTo(max) },
    yAxis: { ...nameAxis(names), inverse: true },
    series: [
      {
        type: 'bar',
        ...still,
        barWidth: 14,
        itemStyle: { color: COLOUR.accent, borderRadius: [0, 3, 3, 0] },
        data: bars.map((bar) => bar.value ?? '-'),
      },
      {
        type: 'custom',
        silent: true,
        renderItem: (params, api) => figures(bars[params.dataIndex] as Bar, params, api),
        data: bars.map((bar, index) => [bar.value ?? 0, index]),
        z: 3,
      },
    ],
  });
}

/** The error as a line with ends, and the figures in words right of all that is drawn. */
function figures({ value, error }: Bar, params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) {
  const at = (amount: number): At => api.coord([amount, params.dataIndex]) as unknown as At;
  const end = at((value ?? 0) + (error ?? 0));
  const lines = value === null || error === null ? [] : whisker(at(value - error), end, COLOUR.ink);
  const text = {
    type: 'text' as const,
    x: end[0] + 9,
    y: end[1],
    style: {
      text: withError(value, error),
      fill: COLOUR.ink,
      fontSize: 12,
      fontFamily: 'inherit',
      verticalAlign: 'middle' as const,
    },
  };
  return { type: 'group' as const, children: [...lines, text] };
}
