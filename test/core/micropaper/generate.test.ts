import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { checks, mismatches } from '../../../core/check.ts';
import { micropaperDifficulty } from '../../../core/micropaper/difficulty.ts';
import { generateMicropaper, SUITES, suiteOf, type Micropaper } from '../../../core/micropaper/generate.ts';
import { parsePage } from '../../../core/micropaper/page.ts';
import { name } from '../../../core/fields.ts';
import { leaves } from '../../../core/rubric/node.ts';
import { rollUp } from '../../../core/rubric/roll-up.ts';
import { parseRubric, serialiseRubric } from '../../../core/rubric/text.ts';

const usual = micropaperDifficulty.parse({});
const file = (paper: Micropaper, path: string): string => paper.files[path] ?? `no ${path}`;
const request = fc.record({
  seed: fc.oneof(fc.nat(), fc.string()),
  suite: fc.constantFrom(...SUITES),
  index: fc.nat({ max: 5000 }),
  difficulty: fc.constant(usual),
});

describe('a micropaper', () => {
  test('is byte for byte this one, on any machine', () => {
    const paper = generateMicropaper({ seed: 0, suite: 'heldout', index: 7, difficulty: usual });
    const sha256 = createHash('sha256').update(JSON.stringify(paper)).digest('hex');
    expect({ id: paper.id, sha256 }).toEqual(KNOWN);
  });

  test('is the same for the same seed, and another for another seed, suite or index', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const paper = generateMicropaper(asked);
        expect(generateMicropaper({ ...asked })).toEqual(paper);
        const others = [
          { ...asked, seed: `${asked.seed}!` },
          { ...asked, index: asked.index + 1 },
          { ...asked, suite: asked.suite === 'train' ? ('heldout' as const) : ('train' as const) },
        ];
        for (const other of others) {
          expect(file(generateMicropaper(other), 'paper.md')).not.toBe(file(paper, 'paper.md'));
        }
      }),
    );
  });

  test("has PaperBench's files, and the checks beside them", () => {
    const { files, id, title } = generateMicropaper({ seed: 0, suite: 'train', index: 0, difficulty: usual });
    expect(Object.keys(files)).toEqual([
      'paper.md',
      'addendum.md',
      'blacklist.txt',
      'config.yaml',
      'rubric.json',
      'checks.json',
    ]);
    expect(files['config.yaml']).toBe(`id: ${id}\ntitle: ${title}\n`);
    expect(files['addendum.md']).toBe('a run takes 20 to 80 seconds .\n');
  });

  test('has a name that can stand in a rollout id', () => {
    fc.assert(
      fc.property(request, (asked) =>
        expect(name.parse(generateMicropaper(asked).id)).toMatch(/^(train|heldout)-\d{4}-/),
      ),
    );
  });
});

test('a page states 12 to 16 experiments, of which 40 % set warmup, and no value twice', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const page = parsePage(file(generateMicropaper(asked), 'paper.md'));
      expect(page.length).toBeGreaterThanOrEqual(12);
      expect(page.length).toBeLessThanOrEqual(16);
      expect(page.map((experiment) => experiment.name)).toEqual(
        page.map((_, index) => `e${String(index + 1).padStart(2, '0')}`),
      );
      const warm = page.filter(({ warmup }) => warmup !== undefined);
      expect(warm).toHaveLength(Math.round(page.length * 0.4));
      for (const values of [
        page.map(({ lr }) => lr),
        page.map(({ depth }) => depth),
        warm.map(({ warmup }) => warmup),
      ]) {
        expect(new Set(values).size).toBe(values.length);
      }
    }),
  );
});

describe('its grading', () => {
  test('is a pure PaperBench rubric with a check for every leaf and no other', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const paper = generateMicropaper(asked);
        const rubric = parseRubric(file(paper, 'rubric.json'));
        expect(serialiseRubric(rubric)).toBe(paper.files['rubric.json']);
        expect(leaves(rubric)).toHaveLength(3 * paper.experiments.length);
        expect(mismatches(rubric, checks.parse(JSON.parse(file(paper, 'checks.json'))))).toEqual([]);
        for (const { id } of leaves(rubric))
          expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ['Code Development', 0.3],
    ['Code Execution', 0.3],
    ['Result Analysis', 0.4],
  ])('gives %s %d of the score', (category, share) => {
    const rubric = parseRubric(
      file(generateMicropaper({ seed: 0, suite: 'train', index: 0, difficulty: usual }), 'rubric.json'),
    );
    const scores = new Map(leaves(rubric).map((leaf) => [leaf.id, leaf.task_category === category ? 1 : 0]));
    expect(rollUp(rubric, scores)).toBeCloseTo(share, 12);
  });

  test('asks for three files only, whatever the number of leaves', () => {
    const paper = generateMicropaper({ seed: 0, suite: 'train', index: 0, difficulty: usual });
    const commands = Object.values(checks.parse(JSON.parse(file(paper, 'checks.json')))).map(({ command }) => command);
    expect([...new Set(commands)]).toEqual(['cat runs.txt', 'cat log.txt', 'cat results.txt']);
  });

  test('stays out of what the agent reads', () => {
    const paper = generateMicropaper({ seed: 0, suite: 'train', index: 0, difficulty: usual });
    for (const path of ['paper.md', 'addendum.md', 'blacklist.txt'])
      expect(file(paper, path)).not.toMatch(/acc=|checkpoint/);
  });
});

describe('train and held-out papers', () => {
  test('share no page, over thousands of them and several seeds', () => {
    const pages = (suite: (typeof SUITES)[number]): string[] =>
      [0, 1, 'other'].flatMap((seed) =>
        Array.from({ length: 700 }, (_, index) =>
          file(generateMicropaper({ seed, suite, index, difficulty: usual }), 'paper.md'),
        ),
      );
    const train = pages('train');
    const heldout = pages('heldout');
    const both = new Set([...train, ...heldout]);
    expect(both.size).toBe(train.length + heldout.length);
    expect(train.every((page) => suiteOf(parsePage(page)) === 'train')).toBe(true);
    expect(heldout.every((page) => suiteOf(parsePage(page)) === 'heldout')).toBe(true);
  });

  test('are disjoint by construction even where pages must repeat', () => {
    const tiny = micropaperDifficulty.parse({ experiments: { min: 1, max: 1 }, values: 4, warmupShare: 0 });
    const pages = (suite: (typeof SUITES)[number]) =>
      new Set(
        Array.from({ length: 300 }, (_, index) =>
          file(generateMicropaper({ seed: 0, suite, index, difficulty: tiny }), 'paper.md'),
        ),
      );
    const [train, heldout] = [pages('train'), pages('heldout')];
    // 16 pages there are: every one was seen, each in one suite only.
    expect(train.size + heldout.size).toBe(16);
    expect([...train].filter((page) => heldout.has(page))).toEqual([]);
  });

  test('are refused where all pages of the world belong to the other suite', () => {
    const one = micropaperDifficulty.parse({ experiments: { min: 1, max: 1 }, values: 1, warmupShare: 0 });
    const make = (suite: (typeof SUITES)[number]) => () =>
      generateMicropaper({ seed: 0, suite, index: 0, difficulty: one });
    const other = suiteOf([{ name: 'e01', lr: 0, depth: 0 }]) === 'train' ? 'heldout' : 'train';
    expect(make(other)).toThrow('the difficulty leaves too few different pages');
  });
});

describe('the difficulty', () => {
  test('has defaults, and a word on each knob', () => {
    expect(usual).toEqual({
      experiments: { min: 12, max: 16 },
      warmupShare: 0.4,
      values: 32,
      secondsPerRun: { min: 20, max: 80 },
    });
  });

  test.each([
    [{ experiments: { min: 3, max: 2 } }, 'min must not be above max'],
    [{ experiments: { max: 17 } }, 'Too big'],
    [{ values: 15 }, 'must be at least experiments.max'],
    [{ secondsPerRun: { min: 90 } }, 'min must not be above max'],
    [{ warmupShare: 2 }, 'Too big'],
    [{ speed: 1 }, 'Unrecognized key'],
  ])('refuses %j', (given, message) => {
    expect(micropaperDifficulty.safeParse(given).error?.message).toContain(message);
  });

  test('shapes the page', () => {
    const difficulty = micropaperDifficulty.parse({ experiments: { min: 2, max: 2 }, warmupShare: 1, values: 2 });
    const page = parsePage(file(generateMicropaper({ seed: 0, suite: 'train', index: 0, difficulty }), 'paper.md'));
    expect(page).toHaveLength(2);
    for (const { lr, depth, warmup } of page) expect(Math.max(lr, depth, warmup ?? NaN)).toBeLessThan(2);
  });
});

const KNOWN = {
  id: 'heldout-0007-9844dc',
  sha256: '21bb06d296608070e3081f68ad628ee1812b11f6bcfe19370cacf360af4ade84',
};
