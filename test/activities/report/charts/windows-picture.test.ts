import { expect, test } from '@jest/globals';
import { windowsPicture } from '../../../../activities/report/charts/windows-picture.ts';
import type { WindowsConfig } from '../../../../core/windows-config.ts';
import { trainingWindows } from '../../../../core/windows.ts';

// |p| = 40, L_max = 100, O = 20, R = 20 and turns of 20, 20, 20, 15 and 10 tokens: window 2 carries turn 3 over.
const tokens = [20, 20, 20, 15, 10];
const turns = tokens.map((tokens) => ({ tokens, action: 5 }));
const config = {
  maxTokens: 100,
  overlap: 20,
  reserve: 20,
  overlapLoss: 'once',
  mode: 'windows',
} as const satisfies WindowsConfig;
const picture = (change: Partial<WindowsConfig> = {}): string => {
  const settings = { ...config, ...change };
  const windows = trainingWindows(40, tokens, settings);
  return windowsPicture({ prefix: 40, turns, windows, maxTokens: settings.maxTokens }).html;
};

/** The colours of a picture's rows, in order, with `/` before what is drawn lighter. */
const rows = (html: string): string[][] =>
  [...html.matchAll(/<g [^>]*>(.*?)<\/g>/g)].map(([, row = '']) =>
    [...row.matchAll(/fill="var\(--(\w+)\)"( fill-opacity)?/g)].map(([, colour, lighter]) =>
      lighter ? `/${colour}` : String(colour),
    ),
  );

const trained = ['accent', '/accent'];

test('each window is a row: the prefix, carried-over turns as context, trained turns with the action strong', () => {
  expect(rows(picture())).toEqual([
    ['pinned', ...trained, ...trained, ...trained],
    ['pinned', 'pale', ...trained, ...trained],
  ]);
});

test('with the loss on both, nothing is context', () => {
  expect(rows(picture({ overlapLoss: 'both' }))[1]).toEqual(['pinned', ...trained, ...trained, ...trained]);
});

test('rows say which turns they hold, and the picture says what it shows', () => {
  expect(picture()).toContain('>1 · turns 1–3</text>');
  expect(picture()).toContain('>2 · turns 3–5</text>');
  expect(picture()).toContain('aria-label="5 turns in 2 windows of at most 100 tokens, each after a prefix of 40"');
});

test('nothing is drawn beyond the limit, also where a truncated trajectory ends within a turn', () => {
  const html = picture({ mode: 'truncated', maxTokens: 95 });
  const ends = [...html.matchAll(/<rect x="([\d.]+)" width="([\d.]+)"/g)].map(
    ([, x, width]) => Number(x) + Number(width),
  );
  expect(Math.max(...ends)).toBeLessThanOrEqual(560);
  expect(rows(html)).toHaveLength(1);
});

test('widths are to the scale of tokens', () => {
  const [, width] = /<rect x="0" width="([\d.]+)"/.exec(picture()) ?? [];
  expect(Number(width)).toBeCloseTo(0.4 * 560, -1);
});
