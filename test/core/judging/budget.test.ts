import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cutEnd, cutMiddle, fitFiles, fitParts, fitTree, tokensOf } from '../../../core/judging/budget.ts';

const lines = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index}`).join('\n');

test('what fits is left as it is', () => {
  const parts = { contextTokens: 200_000, answerTokens: 8000, paper: 'p', addenda: 'a', script: 's', log: 'l' };
  expect(fitParts(parts)).toMatchObject({ paper: 'p', addenda: 'a', script: 's', log: 'l' });
});

test('whatever the sizes, the parts and the room for files fit into the context together', () => {
  const text = fc.nat(900_000).map((length) => 'word '.repeat(length / 5));
  fc.assert(
    fc.property(fc.tuple(text, text, text, text), fc.integer({ min: 20_000, max: 400_000 }), (texts, context) => {
      const [paper, addenda, script, log] = texts;
      const fitted = fitParts({ contextTokens: context, answerTokens: 4000, paper, addenda, script, log });
      const used = [fitted.paper, fitted.addenda, fitted.script, fitted.log].map(tokensOf);
      expect(used.reduce((sum, tokens) => sum + tokens, fitted.fileTokens)).toBeLessThanOrEqual(context - 4000);
    }),
    { numRuns: 50 },
  );
});

test('the log gives way before the paper, in its middle', () => {
  const paper = 'p'.repeat(90_000);
  const log = `begins ${'x'.repeat(600_000)} ends`;
  const fitted = fitParts({ contextTokens: 100_000, answerTokens: 8000, paper, addenda: '', script: '', log });
  expect(fitted.paper).toBe(paper);
  expect(fitted.log).toMatch(/^begins x+\n\[… \d+ characters are left out\]\nx+ ends$/);
  expect(fitted.fileTokens).toBeGreaterThan(20_000);
});

test('a smaller scale leaves room for a model that counts more tokens', () => {
  const parts = { contextTokens: 100_000, answerTokens: 8000, paper: 'p', addenda: '', script: '', log: '' };
  expect(fitParts(parts, 0.5).fileTokens).toBeLessThan(fitParts(parts).fileTokens / 2);
});

test('a text is cut at the end of a line, or in its middle, with a note of what is missing', () => {
  expect(cutEnd(lines(100), 40)).toBe(`${lines(8)}\n[… 734 characters are left out]`);
  expect(tokensOf(cutEnd(lines(100), 40))).toBeLessThanOrEqual(40);
  expect(tokensOf(cutMiddle(lines(100), 40))).toBeLessThanOrEqual(40);
  expect(cutEnd('short', 40)).toBe('short');
});

test('files fit in their order; the last is cut and the rest left out', () => {
  const files = ['a', 'b', 'c'].map((path) => ({ path, text: lines(50) }));
  const fitted = fitFiles(files, tokensOf(lines(50)) + 40);
  expect(fitted.map(({ path }) => path)).toEqual(['a', 'b']);
  expect(fitted[0]?.text).toBe(lines(50));
  expect(fitted[1]?.text).toContain('characters are left out');
});

test('a tree that does not fit is shown to four levels, then cut', () => {
  const deep = Array.from({ length: 100 }, (_, index) => `a/b/c/d/e/${index}.py`);
  const tree = fitTree(['main.py', ...deep], 40);
  expect(tree).toBe('main.py\n[… 100 files deeper than four levels are left out]');
  expect(fitTree(['main.py', 'b.py'], 40)).toBe('main.py\nb.py');
});
