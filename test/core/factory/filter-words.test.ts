import { expect, test } from '@jest/globals';
import { filterLines } from '../../../core/factory/filter-words.ts';
import { filterRule } from '../../../core/factory/filters.ts';
import { untold } from '../../../core/factory/paper.ts';

const counted = { tables: 1, plainTables: 0, figures: 0, equations: 0 };
const quality = { unreadable: 0.034, emptyPages: 0, singleLetters: 0, missingSections: ['references'], ...counted };
const facts = {
  fields: { ...untold('A paper'), year: 2024, venue: 'ICLR 2024' },
  conversion: { words: 812, language: 'en', quality },
};
const lineOf = (rule: object) => filterLines([filterRule.parse(rule)], facts)[0];

test.each<[rule: object, line: [wants: string, found: string, verdict: string]]>([
  [{ filter: 'years', from: 2020, to: 2023 }, ['from 2020 to 2023', '2024', 'drop']],
  [{ filter: 'venue', anyOf: ['ICLR', 'ICML'] }, ['ICLR, ICML', 'ICLR 2024', 'pass']],
  [{ filter: 'licence', anyOf: ['CC BY'], unknown: 'keep' }, ['CC BY', 'not known', 'pass']],
  [{ filter: 'length', minWords: 1000, maxWords: 9000 }, ['1000 to 9000 words', '812 words', 'drop']],
  [
    { filter: 'quality', sections: ['references'] },
    [
      'at most 2 % unreadable, 30 % empty pages, headings for references',
      '3.4 % unreadable, 0 % empty pages, no heading for references',
      'drop',
    ],
  ],
  [{ filter: 'official-code' }, ['code of its own that can be had', '–', 'later']],
])('%j is told as %j', (rule, [wants, found, verdict]) => {
  expect(lineOf(rule)).toMatchObject({ wants, found, verdict });
});

test('an answer on hardware is told with its quote', () => {
  const hardware = { special: 'no' as const, needs: 'one GPU', quotes: ['We use one V100.'] };
  const [line] = filterLines([filterRule.parse({ filter: 'hardware' })], { ...facts, hardware });
  expect(line).toMatchObject({ found: 'one GPU: “We use one V100.”', verdict: 'pass' });
});
