import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { reportPage } from '../../activities/report/page.ts';
import { sampleRlEvaluations, sampleRlStages } from '../activities/report/rl-sample.ts';
import { sampleReport } from '../activities/report/sample.ts';
import { dumpDom, findChromium } from '../support/chromium.ts';
import { temporaryFolder } from '../support/temporary.ts';
import type { Measured } from './measure.ts';
import { measuringPage } from './measure.ts';

const chromium = findChromium();
if (!chromium)
  process.stderr.write(
    'NO CHROMIUM on this machine: the report is not looked at in a browser, these tests are SKIPPED\n',
  );
const inBrowser = chromium ? describe : describe.skip;
const folder = temporaryFolder();
/** Every part that a page can have. */
const whole = sampleReport({
  stages: [...sampleReport().stages, ...sampleRlStages()],
  evaluations: [...sampleReport().evaluations, ...sampleRlEvaluations()],
});

/** What a browser makes of the page at a width in pixels. */
async function open(name: string, width: number, flags: string[] = []): Promise<Measured> {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, measuringPage(reportPage(whole), width));
  const dom = await dumpDom(chromium as string, file, flags);
  const [, json] = /<pre id="measured">([\s\S]*?)<\/pre>/.exec(dom) ?? [];
  if (json === undefined) throw new Error(`the page was not measured: ${dom.slice(0, 500)}`);
  return JSON.parse(json.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')) as Measured;
}

inBrowser('the report in a browser', () => {
  test('it asks for nothing, is in standards mode, and says what it is', async () => {
    const seen = await open('desk', 1280);
    expect(seen.requests).toEqual([]);
    expect(seen.mode).toBe('CSS1Compat');
    expect(seen.title).toBe('micro · Longhaul');
    expect(seen.text).toContain('The ledger closes: 883 rollouts planned = 880 scored + 2 infra-failed + 1 cancelled.');
  });

  test('every chart is drawn: it takes room, holds shapes, and has the colours of the page', async () => {
    const { charts } = await open('charts', 1280, ['--blink-settings=preferredColorScheme=1']);
    expect(charts.length).toBeGreaterThanOrEqual(15);
    expect(charts[0]?.colours).toContain('rgb(35, 101, 143)');
    for (const chart of charts) {
      expect(chart.width).toBeGreaterThan(50);
      expect(chart.shapes).toBeGreaterThan(0);
      expect(chart.label).not.toBe('');
    }
  });

  test.each([320, 390, 1280])('at %i pixels nothing but the tables themselves scrolls sideways', async (width) => {
    const seen = await open(`width-${width}`, width);
    expect(seen.beyond).toEqual([]);
    expect(seen.scrollWidth).toBeLessThanOrEqual(width);
  });

  test('on a phone table and chart of an evaluation stand below each other, on a desk side by side', async () => {
    const [phone, desk] = [await open('phone', 390), await open('beside', 1280)];
    expect(phone.pair.chartTop).toBeGreaterThanOrEqual(phone.pair.tableBottom);
    expect(desk.pair.chartTop).toBeLessThan(desk.pair.tableBottom);
  });

  test('it follows the scheme that the reader prefers, and words are readable in both', async () => {
    const light = await open('light', 1280, ['--blink-settings=preferredColorScheme=1']);
    const dark = await open('dark', 1280, ['--blink-settings=preferredColorScheme=0']);
    expect(light.lightness.paper).toBeGreaterThan(0.9);
    expect(dark.lightness.paper).toBeLessThan(0.1);
    for (const { contrast } of [light, dark]) {
      expect(contrast.ink).toBeGreaterThan(7);
      expect(contrast.dim).toBeGreaterThan(4.5);
      expect(contrast.note).toBeGreaterThan(4.5);
    }
  });
});
