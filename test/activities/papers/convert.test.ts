import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { convert } from '../../../activities/papers/convert.ts';
import { findConfinement, type Confinement } from '../../../activities/papers/convert/confined.ts';
import { createFolderStore, type Store } from '../../../activities/store.ts';
import type { Conversion } from '../../../core/factory/conversion.ts';
import { conversionSettings } from '../../../core/factory/settings.ts';
import { factoryKeys } from '../../../core/factory/keys.ts';
import { paperSettings, recordPaper } from '../../support/papers.ts';
import { realPaper } from '../../support/real-papers.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const home = temporaryFolder();
const store: Store = createFolderStore(join(home, 'store'));
let confinement: Confinement;
const deps = (): Parameters<typeof convert>[0] => ({ store, confinement, scratch: join(home, 'tmp') });

interface Read {
  markdown: string;
  conversion: Conversion;
}
const read = new Map<string, Read>();

async function readPaper(paper: string): Promise<Read> {
  const before = read.get(paper);
  if (before) return before;
  const file = paper.startsWith('autorank') ? { markdown: realPaper(paper, 'paper.md') } : { pdf: realPaper(paper) };
  const result = await convert(deps(), { place: await recordPaper(store, paper, file), settings: paperSettings });
  if (!result.ok) throw new Error(result.reason);
  const markdown = (await store.read(store.keyOf(result.conversion.markdown))).toString('utf8');
  read.set(paper, { markdown, conversion: result.conversion });
  return { markdown, conversion: result.conversion };
}

const EML = 'eml-architecture-2026';
const OTHELLO = 'othello-selfplay-2017';
const TEACHING = 'faster-teaching-2020';

beforeAll(async () => {
  confinement = await findConfinement();
});

const headings = (markdown: string): string[] => markdown.split('\n').filter((line) => line.startsWith('#'));

describe('a paper in two columns', () => {
  test('has its headings in order, by depth', async () => {
    const { markdown } = await readPaper(EML);
    expect(headings(markdown)).toEqual([
      '# Why Architecture Choice Matters in Symbolic Regression',
      '## Abstract',
      '## 1 Introduction',
      '## 2 Background',
      '## 3 Methodology',
      '## 4 Results',
      '### 4.1 Architecture–Target Interaction',
      '### 4.2 Operator Swap Reverses Shape Preferences',
      '### 4.3 Balanced Trees Are Universally Hard',
      '### 4.4 Gradient Measurements',
      '## 5 Discussion',
      '### 5.1 Limitations',
      '## 6 Conclusion',
      '## References',
    ]);
  });

  test('is read column by column, a sentence across them in one piece, whatever stands between', async () => {
    const { markdown } = await readPaper(EML);
    expect(markdown).toContain(
      'Eq. 6 remains a specialist, V16 a generalist (83–100% on all chains), and Hybrid an RL specialist.',
    );
    const othello = (await readPaper(OTHELLO)).markdown;
    expect(othello).toContain('a set threshold number of times (60% in our experiments), we update the network');
  });

  test('has the words that line ends divided in one piece, and keeps the hyphens that belong to them', async () => {
    const { markdown } = await readPaper(EML);
    expect(markdown).toContain('a restricted alternative solves reliably');
    expect(markdown).toContain('architecture-aware search');
    expect(markdown).toContain('fixed-architecture landscapes');
  });
});

describe('what a paper sets apart from its text', () => {
  test('are tables as tables, with the caption on the side on which it stands', async () => {
    const { markdown, conversion } = await readPaper(EML);
    expect(markdown).toContain(
      [
        '**Table 2: EML recovery rates (%, exact match)**.',
        '',
        '| Target | Shape | Eq. 6 | V16 | Hybrid |',
        '| --- | --- | --- | --- | --- |',
        '| Paper (yx) | LR | **100** (64/64) | 17 | 0.4 |',
        '| T1 (xy) | RL | 0 (0/64) | **99.6** | **96** |',
        '| T4 (xy) | RR | 0 (0/64) | 39.5 | 0 |',
        '| T8 (xy) | LR | 1.6 | 16 | 0.4 |',
        '| T1_yx | RL | 0 | — | **95.3** |',
        '| T4_yx | RR | **100** (64/64) | — | 0 |',
      ].join('\n'),
    );
    expect(conversion.quality).toMatchObject({ tables: 6, plainTables: 0, figures: 2, equations: 2 });
  });

  test('are algorithms line by line, and each of them alone', async () => {
    const { markdown } = await readPaper(OTHELLO);
    const listings = markdown.split('```').filter((part) => part.startsWith('\nAlgorithm'));
    expect(listings.map((part) => part.split('\n')[1])).toEqual([
      'Algorithm 1 Monte Carlo Tree Search',
      'Algorithm 2 Policy Iteration through Self-Play',
      'Algorithm 3 Execute Episode',
    ]);
    expect(listings[2]).toMatch(/4: +while True do\n5: +for i in \[1, \. \. \. , numSims\] do\n6: +MCTS\(s, θ\)/);
  });
});

describe('links', () => {
  test('of words are links, an address that is printed stays as it is, and that of a running title is told once', async () => {
    const { markdown } = await readPaper(TEACHING);
    expect(markdown).toMatch(/\[\S+\]\(https:\/\/orcid\.org\/0000-0001-6949-5820\)/);
    expect(markdown.split('<!-- links on this page: https://rescience.github.io/ -->')).toHaveLength(2);
    const eml = (await readPaper(EML)).markdown;
    expect(eml).toContain('Code: https://github.com/aodrzywolek/EML');
    expect(eml).not.toContain('](https://github.com/aodrzywolek/EML)');
  });
});

describe('a paper in one column', () => {
  test('has neither running titles nor page numbers, and its marginal notes apart from the text', async () => {
    const { markdown } = await readPaper(TEACHING);
    expect(markdown).not.toContain('UNDER REVIEW');
    expect(markdown).not.toContain('Brückner and Nioche 2020');
    expect(markdown).toContain('to optimize automated teaching via POMDP planning. Teaching is formulated as');
    expect(headings(markdown).slice(0, 5)).toEqual([
      '# [Re] Faster Teaching via POMDP Planning',
      '## 1 Introduction',
      '## 2 Methods',
      '### 2.1 Teaching as a POMDP',
      '### 2.2 Application as “faster teaching” to concept learning',
    ]);
  });

  test('has its equations with scripts, fractions, sums, roots and cases', async () => {
    const teaching = (await readPaper(TEACHING)).markdown;
    expect(teaching).toContain('b^{′}(s^{′}) = η · O(z|s^{′}, a) ∑_{s∈S} T(s^{′}|s, a) · b(s) \\tag{1}');
    expect(teaching).toMatch(
      /Q_\{d\}\(b, a\) = \\begin\{cases\} R\(a\) \+ ∑.*\\\\ V̂\(b\) & if d = 0 \\end\{cases\} \\tag\{3\}/,
    );
    expect((await readPaper(OTHELLO)).markdown).toContain('\\frac{\\sqrt{∑_{b} N(s, b)}}{1 + N(s, a)}');
    expect(teaching).toContain('with $\\frac{ϵ_{p}}{|Z_{ia} |}$ being the probability');
    expect((await readPaper(OTHELLO)).markdown).toContain('proportional to $N(s, a)^{\\frac{1}{τ}}$, where');
  });

  test('has tables with vertical rules and headers over several columns', async () => {
    const { markdown } = await readPaper(TEACHING);
    expect(markdown).toContain(
      [
        '| **Policy** | **Failure rate with learner** |  |  | **Computation time** |',
        '| --- | --- | --- | --- | --- |',
        '|  | Memoryless | Memory | Continuous |  |',
        '| Random | 50% | 0% | 0% | - |',
      ].join('\n'),
    );
    // Set in two lines beside the row.
    expect(markdown).toContain('| Max. Info. Gain | 16% | 0% | 0% | 72% | 6% | 0% | 6% | 0% | 0% | 0.2s |');
  });

  test('tells its own title, and the pages, words, language and sections that it has', async () => {
    const { conversion } = await readPaper(TEACHING);
    const record = (await store.readJson(factoryKeys.record({ run: 'r', paper: TEACHING }))) as { title: string };
    expect(record.title).toBe('[Re] Faster Teaching via POMDP Planning');
    expect(conversion).toMatchObject({ pages: 22, language: 'en', quality: { missingSections: [], emptyPages: 0 } });
    expect(conversion.quality.unreadable).toBeLessThan(0.001);
    expect(conversion.quality.singleLetters).toBeLessThan(0.02);
    expect(conversion.words).toBeGreaterThan(10_000);
  });
});

describe('the figures of a paper', () => {
  test('are pictures of that part of the page, the text in them beside', async () => {
    const { markdown, conversion } = await readPaper(EML);
    expect(markdown).toMatch(
      /!\[Figure 1\]\(assets\/figure-1\.png\)\n\n<!-- text in the figure: .*99\.6.* -->\n\n\*\*Figure 1: Recovery by/,
    );
    expect(conversion.assets).toBe(2);
    const png = await store.read(`${conversion.folder}/assets/figure-1.png`);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    expect(width / height).toBeCloseTo(414 / 224, 0);
    // Drawn, not blank.
    expect(png.byteLength).toBeGreaterThan(20_000);
  });
});

test('a paper in Markdown keeps its text; its head becomes title and authors, its pictures become assets', async () => {
  const { markdown, conversion } = await readPaper('autorank-2020');
  expect(markdown).toMatch(
    /^# Autorank: A Python package for automated ranking of classifiers\n\nSteffen Herbold\n\n# Summary/,
  );
  expect(markdown).toContain('(assets/flowchart.png)');
  expect(conversion).toMatchObject({ pdf: null, assets: 2, language: 'en' });
});

test('a paper is converted once: a second run takes what is there, without starting anything', async () => {
  await readPaper(EML);
  const broken: Confinement = { bwrap: '/nonexistent/bwrap' };
  const place = { run: 'second', paper: EML };
  await store.writeJson(factoryKeys.record(place), await store.readJson(factoryKeys.record({ run: 'r', paper: EML })));
  const again = await convert({ ...deps(), confinement: broken }, { place, settings: paperSettings });
  expect(again).toEqual({ ok: true, conversion: read.get(EML)?.conversion });
});

describe('a PDF that cannot be converted is a reason, not a failure', () => {
  const conversion = paperSettings.conversion;
  let papers = 0;
  const reasonFor = async (file: string, bytes: string | null, settings: object = {}): Promise<string> => {
    const path = join(home, file);
    if (bytes !== null) writeFileSync(path, bytes);
    const place = await recordPaper(store, `unreadable-${papers++}`, { pdf: bytes === null ? file : path });
    const merged = { ...paperSettings, conversion: conversionSettings.parse({ ...conversion, ...settings }) };
    const result = await convert(deps(), { place, settings: merged });
    return result.ok ? 'converted' : result.reason;
  };

  test('where it is none', async () => {
    expect(await reasonFor('page.pdf', '<html>not a PDF</html>')).toMatch(/page\.pdf is no PDF/);
  });

  test('where it is broken', async () => {
    expect(
      await reasonFor('broken.pdf', '%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << >>\n%%EOF'),
    ).toMatch(/it is no PDF, or a broken one|no pages/);
  });

  test('where it has too many pages, or too many bytes', async () => {
    expect(await reasonFor(realPaper(TEACHING), null, { maxPages: 21 })).toBe('it has 22 pages, more than 21');
    expect(await reasonFor('large.pdf', `%PDF-${'x'.repeat(2 ** 20)}`, { maxMb: 1 })).toBe('it has 2 MB, more than 1');
  });

  test('where it takes too long, or too much memory', async () => {
    const by = (command: string[], more: object): object => ({ converter: 'command', name: 'test', command, ...more });
    expect(await reasonFor(realPaper(EML), null, by(['sleep', '60'], { timeout: '1s' }))).toBe(
      'converting it took longer than 1s',
    );
    const greedy = ['python3', '-c', 'import time; a = bytearray(400 << 20); time.sleep(60)'];
    expect(await reasonFor(realPaper(EML), null, by(greedy, { memoryMb: 200, name: 'greedy' }))).toBe(
      'converting it took more than 200 MB of memory',
    );
  });
});
