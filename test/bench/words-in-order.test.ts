import { describe, expect, test } from '@jest/globals';
import { comparedWords, inOrder, withoutMarks, withoutRunningTitles } from '../../bench/words-in-order.ts';

test('words are compared without case, accents, ligatures and hyphens, and joined where a line end divided them', () => {
  expect(comparedWords('Naïve e\ufb03cient gradient-\nbased state-of-the-art R2')).toEqual([
    'naive',
    'efficient',
    'gradientbased',
    'stateoftheart',
    'r2',
  ]);
});

describe('words in order', () => {
  test('are the longest common subsequence: a block elsewhere counts once, in its place or not at all', () => {
    const reference = 'a b c d e f'.split(' ');
    expect(inOrder(reference, reference)).toBe(6);
    expect(inOrder(reference, 'c d e f a b'.split(' '))).toBe(4);
    expect(inOrder(reference, 'a x b y c'.split(' '))).toBe(3);
    expect(inOrder(reference, [])).toBe(0);
  });
});

test('Markdown is compared as it is read: without marks, pictures and commands of TeX', () => {
  const markdown =
    '## 1 *Title*\n\n![Figure 1](assets/a.png)\n\n$$\n\\frac{x_{i}^{2}}{n} \\tag{3}\n$$\n\n| **a** | \\$5 |\n<sup>1</sup>note';
  expect(comparedWords(withoutMarks(markdown))).toEqual(['1', 'title', 'xi2', 'n', '3', 'a', '5', '1note']);
});

test('running titles are lines that repeat at the edges of pages, whatever numbers are in them; repeated text within is none', () => {
  const page = (number: number): string =>
    [
      'Running title',
      ...Array.from({ length: 8 }, (_, line) => `text ${'x'.repeat(line)} same`),
      `page ${number} words${number}`,
      `Journal 4, ${number}`,
    ].join('\n');
  const left = withoutRunningTitles([1, 2, 3, 4].map(page).join('\f'));
  expect(left).not.toContain('Running title');
  expect(left).not.toContain('Journal');
  expect(left.match(/text xxxx same/g)).toHaveLength(4);
});
