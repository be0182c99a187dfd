import { expect, test } from '@jest/globals';
import { reportPage } from '../../../activities/report/page.ts';
import { sampleReport } from './sample.ts';

const page = reportPage(sampleReport());
/** What is between the tags, as a reader sees it. */
const seen = (html: string): string =>
  html
    .replaceAll(/<style>[\s\S]*?<\/style>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');

test('the page needs nothing but itself: no address, no script, no import, no file beside it', () => {
  expect(page).not.toMatch(/https?:/i);
  expect(page).not.toMatch(/<script|<link|<img|<iframe|<object|\bon\w+=|@import|url\((?!#)/i);
  expect(page).not.toMatch(/\b(?:src|href|xlink:href|srcset)=/i);
});

test('the same report makes the same bytes', () => {
  expect(reportPage(sampleReport())).toBe(page);
});

test('the run, its recipe and the hash stand at the head, and what a reader must know comes before any figure', () => {
  const text = seen(page);
  expect(text).toContain(
    'micro recipe micro f3a9c1d27be04c55a8f0e6b9d4417c3e22f9b7a1c05d8e6f4a3b2c1d0e9f8a7b Know this first',
  );
  expect(text.indexOf('The teacher is a scripted program, not a language model.')).toBeLessThan(
    text.indexOf('rollouts scored'),
  );
  expect(text).toContain('3 rollouts ran without isolation');
});

test('without notes there is no box for them', () => {
  expect(reportPage(sampleReport({ notes: [] }))).not.toContain('Know this first');
});

test('an evaluation shows policy, n, mean and standard error, turns and active time, in the table and in the chart', () => {
  expect(seen(page)).toMatch(/sft 96 0\.463 ± 0\.016 57\.9 15 min 38 s/);
  expect(page).toContain('teacher 0.547 ± 0.015');
  expect(seen(page)).toContain('Highest on heldout: teacher with 0.547, over 96 rollouts.');
});

test('each suite has a table of its own, and what was not measured is a dash, never a zero', () => {
  const none = { policy: 'student', suite: 'train', n: 0, mean: null, stderr: null, turns: null, seconds: null };
  const html = reportPage(sampleReport({ evaluations: [...sampleReport().evaluations, none] }));
  expect(seen(html)).toContain('Scores on the suite “train”');
  expect(seen(html)).toMatch(/student 0 – – –/);
  expect(seen(html)).toContain('No policy scored on train.');
});

test('a stage shows its state, its counts, its mean score, what was accepted and how its rollouts ended', () => {
  expect(seen(page)).toMatch(/distill completed 1 min 36 s 403 400 304 accepted 2 1 0\.551/);
  expect(page).toContain('aria-label="281 submitted, 17 turns, 102 budget, 2 infra-failed, 1 cancelled"');
  expect(seen(page)).toMatch(/evaluate-idle cancelled/);
});

test('a stage that fell short of what was asked for says so, and one that plays no rollouts shows no counts', () => {
  const [untrained, , distill] = sampleReport().stages;
  const html = reportPage(sampleReport({ stages: [untrained!, { ...distill!, wanted: 500 }] }));
  expect(seen(html)).toContain('400 of 500 wanted');
  expect(seen(page)).not.toContain('wanted');
  expect(seen(html)).toMatch(/untrained completed 2 s – – – – – –/);
});

test('a training stage shows its checkpoint, rows, tokens, steps and last figures, and its losses as a curve', () => {
  expect(seen(page)).toMatch(/sft 3 952 224 960 900 1 min 26 s loss 0\.1472/);
  expect(page).toMatch(/aria-label="Loss of sft\. sft: from [\d.]+ at 5 to [\d.]+ at 900"/);
});

test('a run that has only begun has a page too', () => {
  const text = seen(
    reportPage(
      sampleReport({ stages: [], evaluations: [], ledger: { planned: 0, scored: 0, infraFailed: 0, cancelled: 0 } }),
    ),
  );
  expect(text).toContain('No stage has ended.');
  expect(text).toContain('Nothing was evaluated.');
  expect(text).toContain('The ledger closes: 0 rollouts planned');
});

test('the cost is told in dollars, tokens and time of sandboxes', () => {
  const text = seen(
    reportPage(
      sampleReport({
        cost: { usd: 12.345, inputTokens: 1_234_567, outputTokens: 89, sandboxSeconds: 7421, gpuSeconds: 0 },
      }),
    ),
  );
  expect(text).toMatch(/paid for models \$12\.3[45] input tokens 1 234 567 output tokens 89 sandboxes held 2 h 03 min/);
});

test('whatever comes from data is text, wherever it stands', () => {
  const evil = `"><script>alert('x')</script>`;
  const { stages, evaluations } = sampleReport();
  const html = reportPage(
    sampleReport({
      run: evil,
      recipe: { name: evil, hash: evil },
      notes: [evil],
      stages: [
        { ...stages[2]!, name: evil, type: evil, state: evil, ends: { [evil]: 3 } },
        { ...stages[4]!, name: evil, training: { ...stages[4]!.training!, checkpoint: evil, metrics: { [evil]: 1 } } },
      ],
      evaluations: [{ ...evaluations[0]!, policy: evil, suite: evil }],
    }),
  );
  expect(html).not.toContain('<script');
  expect(html).not.toContain(`"><`.concat('script'));
  expect(html).toContain('&lt;script&gt;alert(');
});

test('every chart has a name for those who do not see it, and every table heads with a scope', () => {
  const charts = page.match(/<svg[^>]*>/g) ?? [];
  expect(charts.length).toBeGreaterThanOrEqual(6);
  for (const chart of charts) expect(chart).toMatch(/role="img" aria-label="[^"]+"/);
  for (const head of page.match(/<th\b[^>]*>/g) ?? []) expect(head).toMatch(/scope="(?:col|row)"/);
  expect(page).toContain('<html lang="en">');
});

test('the page has a light and a dark scheme, and both name every colour that is used', () => {
  const [, light = ''] = /:root\{color-scheme:light dark;([^}]*)\}/.exec(page) ?? [];
  const [, dark = ''] = /@media \(prefers-color-scheme:dark\)\{:root\{([^}]*)\}/.exec(page) ?? [];
  const lengths = new Set(['share']);
  const names = [...page.matchAll(/var\(--([\w-]+)\)/g)].map(([, name = '']) => name);
  const used = new Set(names.filter((name) => !lengths.has(name)));
  expect(used.size).toBeGreaterThan(10);
  for (const name of used) {
    expect(light).toContain(`--${name}:`);
    expect(dark).toContain(`--${name}:`);
  }
});
