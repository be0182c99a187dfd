import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findQuote, quotable } from '../../../core/rubric-builder/quotes.ts';

const PAPER = [
  'We evaluate the classi\ufb01er on three data-',
  'sets with a state-of-the-',
  'art optimiser, “Adam”, and a learning rate of 0.001 .',
  '',
  '**Table 2.** Accuracy of each method | 0.91 | 0.87 |',
].join('\n');

test.each([
  ['as it stands', 'with a state-of-the-\nart optimiser'],
  ['on one line', 'We evaluate the classi\ufb01er on three data-sets'],
  ['with the ligature and the hyphen of the line break resolved', 'We evaluate the classifier on three datasets'],
  ['with other quotation marks', 'optimiser, "Adam", and a learning rate'],
  ['without the marks of Markdown', 'Table 2. Accuracy of each method'],
  ['with other spaces', 'a  learning rate of 0.001.'],
  ['in capitals', 'ACCURACY OF EACH METHOD'],
  ['with something left out', 'We evaluate the classifier [...] and a learning rate of 0.001'],
])('a quote is found %s', (_, quote) => {
  expect(findQuote(quotable(PAPER), quote)).toBeDefined();
});

test.each([
  ['another word', 'We evaluate the classifier on four datasets'],
  ['another number', 'a learning rate of 0.002'],
  ['parts in the wrong order', 'a learning rate of 0.001 [...] We evaluate the classifier'],
  ['so short that it stands everywhere', '0.91'],
  ['nothing', ''],
  ['only what is left out', '...'],
])('a quote is not found with %s', (_, quote) => {
  expect(findQuote(quotable(PAPER), quote)).toBeUndefined();
});

test('the place of a quote is that in the text as it is written', () => {
  const span = findQuote(quotable(PAPER), 'the classifier on three datasets');
  expect(PAPER.slice(span?.start, span?.end)).toBe('the classi\ufb01er on three data-\nsets');
});

test('whatever is cut out of a text is found in it, however its spaces are set', () => {
  const words = fc.array(
    fc.string({ unit: 'grapheme', minLength: 3, maxLength: 9 }).filter((word) => /^[\p{L}\p{N}]+$/u.test(word)),
    {
      minLength: 8,
      maxLength: 40,
    },
  );
  fc.assert(
    fc.property(words, fc.nat(3), fc.constantFrom(' ', '\n', '-\n', '  '), (all, from, gap) => {
      const quote = all.slice(from, from + 5).join(' ');
      expect(findQuote(quotable(all.join(gap)), quote)).toBeDefined();
    }),
    { numRuns: 200 },
  );
});
