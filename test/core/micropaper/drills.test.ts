import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { drill, type Drill } from '../../../core/micropaper/drills.ts';
import { vocabulary } from '../../../core/micropaper/vocabulary.ts';

const any = fc.tuple(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 0, max: 1e6 }));

const made = (check: (made: Drill) => void): void =>
  fc.assert(
    fc.property(any, ([seed, index]) => check(drill(seed, index))),
    { numRuns: 1000 },
  );

/** Lines of words, each with the word that ends it. */
function lines(words: readonly string[]): string[][] {
  const ended: string[][] = [[]];
  for (const word of words) {
    ended.at(-1)?.push(word);
    if (word === '.' || word === '>>') ended.push([]);
  }
  return ended.slice(0, -1);
}

/** The page's lines and the copies, each without what `echo line >>` adds. */
function halves({ words }: Drill): { page: string[]; copies: string[] } {
  const all = lines(words);
  const plain = all.map((line) => line.filter((word) => !['echo', '>>', '.'].includes(word)).join(' '));
  return { page: plain.slice(0, all.length / 2), copies: plain.slice(all.length / 2) };
}

test('a drill is 2 to 10 lines of a page and then the same lines in some order', () => {
  made((one) => {
    const { page, copies } = halves(one);
    expect(page.length).toBeGreaterThanOrEqual(2);
    expect(page.length).toBeLessThanOrEqual(10);
    expect(copies.toSorted()).toEqual(page.toSorted());
    for (const line of page) expect(line).toMatch(/^e\d\d lr=\d\d depth=\d\d( warmup=\d\d)?$/);
  });
});

test('its names are different, and so are its values', () => {
  made((one) => {
    const words = halves(one).page.flatMap((line) => line.split(' '));
    const names = words.filter((word) => !word.includes('='));
    const values = words.filter((word) => word.includes('=')).map((word) => word.split('=')[1]);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(values).size).toBe(values.length);
  });
});

test('trained is the second half but for the names and the leading echo, which cannot be known', () => {
  made(({ words, trained }) => {
    expect(trained).toHaveLength(words.length);
    const firstCopy = lines(words)
      .slice(0, lines(words).length / 2)
      .flat().length;
    const expected = words.map((word, at) => at >= firstCopy && word !== 'echo' && !/^e\d\d$/.test(word));
    expect(trained).toEqual(expected);
  });
});

test('all its words are in the vocabulary', () => {
  const known = new Set(vocabulary());
  made(({ words }) => expect(words.filter((word) => !known.has(word))).toEqual([]));
});

test('warmup stands in about 40 % of the lines, and half of the copies are echoed', () => {
  const all = Array.from({ length: 2000 }, (_, index) => drill(1, index));
  const page = all.flatMap((one) => halves(one).page);
  expect(page.filter((line) => line.includes('warmup')).length / page.length).toBeCloseTo(0.4, 1);
  const echoed = all.flatMap(({ words }) => words).filter((word) => word === 'echo').length;
  expect(echoed / page.length).toBeCloseTo(0.5, 1);
});

test('the same seed and number give the same drill, others another', () => {
  expect(drill(1, 2)).toEqual(drill(1, 2));
  expect(drill(1, 2)).not.toEqual(drill(1, 3));
  expect(drill(1, 2)).not.toEqual(drill(2, 2));
});
