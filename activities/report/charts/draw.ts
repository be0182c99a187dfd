import { createHash } from 'node:crypto';
import { init, type EChartsOption } from 'echarts';
import { escapeHtml, trusted, type Markup } from '../markup.ts';
import { short, whole } from '../numbers.ts';
import { COLOUR } from './colours.ts';

/** Size in pixels, and in words what a person who does not see the picture should know of it. */
export interface Frame {
  width: number;
  height: number;
  label: string;
}

/** Draws a chart without a browser: an SVG that stands in the page, scales with it and needs no script. */
export function draw(frame: Frame, option: EChartsOption): Markup {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: frame.width, height: frame.height });
  try {
    chart.setOption({ animation: false, ...option });
    return framed(frame, bare(chart.renderToSVGString()));
  } finally {
    chart.dispose();
  }
}

/** An SVG element around shapes: an image with a name, for those who read it by ear. */
export function framed({ width, height, label }: Frame, shapes: string): Markup {
  const head = `<svg class="chart" viewBox="0 0 ${width} ${height}" style="max-width:${width}px" role="img"`;
  return trusted(`${head} aria-label="${escapeHtml(label)}">${shapes}</svg>`);
}

/** The drawing's inside without what only a live chart needs; names within it become those of its content, so that they repeat. */
function bare(svg: string): string {
  const shapes = svg
    .replace(/^<svg[^>]*>/, '')
    .replace(/<\/svg>\s*$/, '')
    .replaceAll(/<style\s*>[\s\S]*?<\/style>/g, '')
    .replaceAll(/ (?:ecmeta_\w+|class|pointer-events)="[^"]*"/g, '')
    .replaceAll(/\n\s*/g, '');
  const counted = /\bzr\d+-/g;
  const content = createHash('sha256').update(shapes.replaceAll(counted, '')).digest('hex').slice(0, 8);
  return shapes.replaceAll(counted, `c${content}-`);
}

const FONT = 'inherit';
const text = { color: COLOUR.ink, fontFamily: FONT, fontSize: 12 };
/** How words beside the figures are set. */
export const quiet = { color: COLOUR.dim, fontFamily: FONT, fontSize: 11 };

/** An axis of names. */
export const nameAxis = (names: readonly string[]) => ({
  type: 'category' as const,
  data: [...names],
  axisTick: { show: false },
  axisLine: { show: false },
  axisLabel: { ...text, interval: 0 },
});

/** An axis of numbers, with its name and quiet grid lines. */
export const numberAxis = (name: string) => ({
  type: 'value' as const,
  name,
  nameLocation: 'middle' as const,
  nameTextStyle: quiet,
  axisLabel: { ...quiet, formatter: (value: number) => (Number.isInteger(value) ? whole(value) : short(value)) },
  axisLine: { show: false },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: COLOUR.line } },
});

/** An axis that ends at a given number, in four equal parts. */
export const upTo = (max: number | undefined) => (max === undefined ? {} : { max, interval: max / 4 });

/** A legend above the drawing. */
export const legend = (names: readonly string[]) => ({
  data: [...names],
  top: 0,
  left: 0,
  itemWidth: 10,
  itemHeight: 10,
  itemGap: 14,
  icon: 'roundRect',
  textStyle: { ...quiet, fontSize: 12 },
});

/** What every series has: nobody can touch it. */
export const still = { silent: true, emphasis: { disabled: true } } as const;

/** About as many pixels as the longest of the names takes at the charts' size of text. */
export const widthOf = (names: readonly string[]): number => 7 * Math.max(0, ...names.map((name) => name.length));

/** A name short enough for an axis; the table beside a chart has it whole. */
export const clipped = (name: string, length = 22): string =>
  name.length > length ? `${name.slice(0, length - 1)}…` : name;
