import { describe, expect, test } from '@jest/globals';
import { funnelOf, type Drop } from '../../../core/factory/drop.ts';
import { applyFilter, dropByFilters, filterRule, type PaperFacts } from '../../../core/factory/filters.ts';
import { provenHardware } from '../../../core/factory/hardware.ts';
import { untold } from '../../../core/factory/paper.ts';

const QUALITY = {
  unreadable: 0,
  emptyPages: 0,
  singleLetters: 0,
  missingSections: [],
  tables: 0,
  plainTables: 0,
  figures: 0,
  equations: 0,
};
const fields = { ...untold('A paper of ours'), venue: 'ICML 2024', year: 2024, citations: 12, licence: 'CC BY 4.0' };
const facts = (more: Partial<PaperFacts> = {}): PaperFacts => ({ fields, ...more });
const conversion = (more: object = {}, quality: object = {}) =>
  facts({ conversion: { words: 5000, language: 'en', quality: { ...QUALITY, ...quality }, ...more } });
const hardware = (special: 'yes' | 'no' | 'unclear') =>
  facts({ hardware: { special, needs: 'a robot arm', quotes: ['on a robot arm'] } });

describe('a filter', () => {
  test.each([
    ['a venue of the list', { filter: 'venue', anyOf: ['icml'] }, facts(), 'pass'],
    ['another venue', { filter: 'venue', anyOf: ['NeurIPS'] }, facts(), 'drop'],
    ['a year within', { filter: 'years', from: 2020, to: 2024 }, facts(), 'pass'],
    ['a year before', { filter: 'years', from: 2025 }, facts(), 'drop'],
    ['a year after', { filter: 'years', to: 2023 }, facts(), 'drop'],
    ['as many citations', { filter: 'citations', atLeast: 12 }, facts(), 'pass'],
    ['fewer citations', { filter: 'citations', atLeast: 13 }, facts(), 'drop'],
    ['a free licence', { filter: 'licence', anyOf: ['cc by'] }, facts(), 'pass'],
    ['another licence', { filter: 'licence', anyOf: ['MIT'] }, facts(), 'drop'],
    ['its language before there is a text', { filter: 'language', anyOf: ['en'] }, facts(), 'later'],
    ['its language', { filter: 'language', anyOf: ['en'] }, conversion(), 'pass'],
    ['another language', { filter: 'language', anyOf: ['en'] }, conversion({ language: 'de' }), 'drop'],
    ['its length before there is a text', { filter: 'length', minWords: 1 }, facts(), 'later'],
    ['enough words', { filter: 'length', minWords: 5000 }, conversion(), 'pass'],
    ['too few words', { filter: 'length', minWords: 5001 }, conversion(), 'drop'],
    ['too many words', { filter: 'length', maxWords: 4999 }, conversion(), 'drop'],
    ['a readable text', { filter: 'quality' }, conversion(), 'pass'],
    ['an unreadable text', { filter: 'quality' }, conversion({}, { unreadable: 0.03 }), 'drop'],
    ['a scan', { filter: 'quality' }, conversion({}, { emptyPages: 0.5 }), 'drop'],
    [
      'a missing section',
      { filter: 'quality', sections: ['abstract'] },
      conversion({}, { missingSections: ['abstract'] }),
      'drop',
    ],
    [
      'a missing section that nobody asks for',
      { filter: 'quality' },
      conversion({}, { missingSections: ['abstract'] }),
      'pass',
    ],
    ['official code before it was looked for', { filter: 'official-code' }, facts(), 'later'],
    ['no official code', { filter: 'official-code' }, facts({ code: { code: null, tried: [] } }), 'drop'],
    ['special hardware', { filter: 'hardware' }, hardware('yes'), 'drop'],
    ['ordinary hardware', { filter: 'hardware' }, hardware('no'), 'pass'],
    ['hardware before a model was asked', { filter: 'hardware' }, facts(), 'later'],
  ])('meets %s', (...[, rule, known, verdict]) => {
    expect(applyFilter(filterRule.parse(rule), known).verdict).toBe(verdict);
  });
});

describe('a filter also', () => {
  test.each([
    [{ filter: 'venue', anyOf: ['ICML'] }, 'drop'],
    [{ filter: 'venue', anyOf: ['ICML'], unknown: 'keep' }, 'pass'],
    [{ filter: 'citations', atLeast: 0 }, 'drop'],
    [{ filter: 'licence', anyOf: ['CC'], unknown: 'keep' }, 'pass'],
    [{ filter: 'hardware' }, 'later'],
  ])('decides about what nobody knows: %j is %s', (rule, verdict) => {
    expect(applyFilter(filterRule.parse(rule), { fields: untold('Unknown in all') }).verdict).toBe(verdict);
  });

  test('says with which values it drops, and shows its evidence', () => {
    const rules = [filterRule.parse({ filter: 'years', from: 2020 }), filterRule.parse({ filter: 'hardware' })];
    expect(dropByFilters(rules, 'p', facts({ fields: { ...fields, year: 2019 } }))).toEqual({
      paper: 'p',
      step: 'metadata',
      rule: 'years',
      reason: 'it is of 2019, before 2020',
      evidence: null,
    });
    expect(dropByFilters(rules, 'p', hardware('yes'))).toMatchObject({
      step: 'hardware',
      reason: 'it needs a robot arm',
      evidence: 'on a robot arm',
    });
    expect(dropByFilters(rules, 'p', facts())).toBeNull();
  });
});

test('special hardware is believed only with words of the paper that show it', () => {
  const answer = { special: 'yes' as const, needs: 'TPU pods', quotes: ['trained on 512 TPUs', 'made up'] };
  expect(provenHardware(answer, 'It was trained\non 512 TPUs.')).toEqual({
    ...answer,
    quotes: ['trained on 512 TPUs'],
  });
  expect(provenHardware(answer, 'It ran on a laptop.')).toMatchObject({ special: 'unclear', quotes: [] });
});

test('the funnel counts a paper once, at the first step that dropped it', () => {
  const dropped = (paper: string, step: Drop['step'], rule: string): Drop => ({
    paper,
    step,
    rule,
    reason: '',
    evidence: null,
  });
  const steps = funnelOf(10, [
    dropped('a', 'metadata', 'years'),
    dropped('b', 'metadata', 'venue'),
    dropped('c', 'code', 'official-code'),
    dropped('a', 'code', 'official-code'),
  ]);
  expect(steps.find(({ step }) => step === 'metadata')).toMatchObject({
    entered: 10,
    dropped: 2,
    rules: { years: 1, venue: 1 },
  });
  expect(steps.find(({ step }) => step === 'code')).toMatchObject({ entered: 8, dropped: 1 });
  expect(steps.at(-1)).toMatchObject({ step: 'budget', entered: 7, dropped: 0 });
});
