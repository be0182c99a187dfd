/** What a browser finds in the report. Sizes in CSS pixels. */
export interface Measured {
  title: string;
  mode: string;
  text: string;
  /** Addresses that the page fetched. */
  requests: string[];
  scrollWidth: number;
  /** Elements that reach beyond the page's right edge without scrolling by themselves. */
  beyond: string[];
  charts: { label: string; width: number; shapes: number; colours: string[] }[];
  pair: { tableBottom: number; chartTop: number };
  /** Relative luminance, and contrast of words to what they stand on, as WCAG has them. */
  lightness: { paper: number };
  contrast: { ink: number; dim: number; note: number };
}

/** A page that shows another one in a frame of the given width, and writes down what it measures in it. */
export function measuringPage(page: string, width: number): string {
  const inner = page.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<!doctype html><meta charset="utf-8">
<iframe id="frame" style="border:0;width:${width}px;height:900px" srcdoc="${inner}"></iframe>
<script>
const frame = document.getElementById('frame');
frame.onload = () => {
  const pre = document.createElement('pre');
  pre.id = 'measured';
  pre.textContent = JSON.stringify(measure(frame.contentDocument, frame.contentWindow));
  document.body.append(pre);
};
${[measure, elementsBeyond, chartsOf, luminance, contrast].map(String).join('\n')}
</script>`;
}

// The functions below run in the browser, by their source: they may name each other and nothing else.

function measure(page: Page, view: View): Measured {
  const box = (selector: string) => page.querySelector(selector)!.getBoundingClientRect();
  const colour = (selector: string) => view.getComputedStyle(page.querySelector(selector)!).color;
  const paper = view.getComputedStyle(page.body).backgroundColor;
  const note = view.getComputedStyle(page.querySelector('.notes')!).backgroundColor;
  return {
    title: page.title,
    mode: page.compatMode,
    text: page.body.innerText,
    requests: view.performance.getEntriesByType('resource').map((entry) => entry.name),
    scrollWidth: page.documentElement.scrollWidth,
    beyond: elementsBeyond(page),
    charts: chartsOf(page, view),
    pair: { tableBottom: box('.pair .scroll').bottom, chartTop: box('.pair svg.chart').top },
    lightness: { paper: luminance(paper) },
    contrast: {
      ink: contrast(colour('h1'), paper),
      dim: contrast(colour('.about'), paper),
      note: contrast(colour('.notes h2'), note),
    },
  };
}

function elementsBeyond(page: Page): string[] {
  const edge = page.documentElement.clientWidth + 0.5;
  return [...page.body.querySelectorAll('*')]
    .filter((element) => !element.closest('.scroll') || element.matches('.scroll'))
    .filter((element) => element.getBoundingClientRect().right > edge)
    .map((element) => `${element.tagName} ${element.textContent ?? ''}`.slice(0, 80));
}

function chartsOf(page: Page, view: View): Measured['charts'] {
  return [...page.querySelectorAll('svg[role=img]')].map((chart) => {
    const shapes = [...chart.querySelectorAll('path, rect, text')];
    const colours = new Set(shapes.map((shape) => view.getComputedStyle(shape).fill));
    const { width } = chart.getBoundingClientRect();
    return { label: chart.getAttribute('aria-label') ?? '', width, shapes: shapes.length, colours: [...colours] };
  });
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
    const value = Number(part) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

// As much of the DOM as is used: the project is compiled without its types.

interface Box {
  width: number;
  top: number;
  right: number;
  bottom: number;
}

interface Element {
  tagName: string;
  textContent: string | null;
  innerText: string;
  getBoundingClientRect(): Box;
  getAttribute(name: string): string | null;
  closest(selector: string): Element | null;
  matches(selector: string): boolean;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
}

interface Page extends Pick<Element, 'querySelector' | 'querySelectorAll'> {
  title: string;
  compatMode: string;
  body: Element;
  documentElement: Element & { scrollWidth: number; clientWidth: number };
}

interface View {
  getComputedStyle(element: Element): { color: string; backgroundColor: string; fill: string };
  performance: { getEntriesByType(type: string): { name: string }[] };
}
