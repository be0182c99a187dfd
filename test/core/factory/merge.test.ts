import { describe, expect, test } from '@jest/globals';
import { arxivIdOf, doiOf, slug } from '../../../core/factory/identity.ts';
import { mergePapers } from '../../../core/factory/merge.ts';
import { paperRecord } from '../../../core/factory/paper.ts';
import { normaliseTitle, titleSimilarity } from '../../../core/factory/text.ts';
import { found } from './papers.ts';

const TITLE = 'Why Architecture Choice Matters in Symbolic Regression';

describe('papers of several sources', () => {
  test.each([
    ['DOI', { doi: '10.1000/x1' }],
    ['arXiv id', { arxivId: '2604.23256' }],
    ['OpenReview id', { openReviewId: 'aBcD' }],
  ])('are one where they share a %s, whatever their titles', (_, shared) => {
    const records = mergePapers([
      found('arxiv', { title: 'One title of it', ...shared }),
      found('semantic-scholar', { title: 'Quite another title', ...shared }),
    ]);
    expect(records).toHaveLength(1);
    expect(records[0]?.title).toBe('One title of it');
  });

  test('are one where arXiv itself gave the DOI', () => {
    const records = mergePapers([
      found('arxiv', { title: TITLE, arxivId: '2604.23256' }),
      found('semantic-scholar', { title: 'Renamed since then', doi: '10.48550/arxiv.2604.23256' }),
    ]);
    expect(records).toHaveLength(1);
  });

  test('are one where their titles differ in case, accents, punctuation and TeX', () => {
    const records = mergePapers([
      found('openreview', { title: 'Schrödinger Bridges: $\\beta$-VAEs, revisited' }),
      found('arxiv', { title: 'SCHRODINGER BRIDGES — $\\beta$ VAEs Revisited.' }),
    ]);
    expect(records).toHaveLength(1);
  });
});

describe('papers of several sources that share less', () => {
  test('stay apart where only a short title is the same', () => {
    const records = mergePapers([
      found('arxiv', { title: 'Introduction', arxivId: '2401.00001' }),
      found('arxiv', { title: 'Introduction', arxivId: '2401.00002' }),
    ]);
    expect(records).toHaveLength(2);
    expect(new Set(records.map(({ id }) => id)).size).toBe(2);
  });

  test('are one where a third carries the names of both', () => {
    const records = mergePapers([
      found('openreview', { title: 'A first title here', openReviewId: 'x' }),
      found('semantic-scholar', { title: 'A second title here', doi: '10.1/y' }),
      found('arxiv', { title: 'A second title here', openReviewId: 'x' }),
    ]);
    expect(records).toHaveLength(1);
    expect(records[0]?.sightings.map(({ source }) => source)).toEqual(['openreview', 'semantic-scholar', 'arxiv']);
  });

  test('fill each other’s gaps, the first to know a field keeping it, and what nobody knows stays unknown', () => {
    const [record] = mergePapers([
      found('arxiv', { title: TITLE, arxivId: '2604.23256', year: 2026 }),
      found('semantic-scholar', { title: TITLE, arxivId: '2604.23256', year: 2025, citations: 0 }),
    ]);
    expect(record).toMatchObject({ year: 2026, citations: 0, licence: null, doi: null });
    expect(record?.origins).toMatchObject({ year: 'arxiv', citations: 'semantic-scholar' });
    expect(record?.origins).not.toHaveProperty('licence');
    expect(paperRecord.parse(record)).toEqual(record);
  });

  test('name all the code that any source names', () => {
    const [record] = mergePapers([
      found('local', { title: TITLE, code: ['https://github.com/a/b'] }),
      found('arxiv', { title: TITLE, code: ['https://github.com/c/d'] }),
    ]);
    expect(record?.code).toEqual(['https://github.com/a/b', 'https://github.com/c/d']);
  });
});

test('a local paper is called by its folder, another one by its title and what it is recognised by', () => {
  const local = mergePapers([found('local', { title: TITLE }, 'EML Architecture 2026')]);
  const other = mergePapers([found('arxiv', { title: TITLE, arxivId: '2604.23256' })]);
  expect(local[0]?.id).toBe('eml-architecture-2026');
  expect(other[0]?.id).toMatch(/^why-architecture-choice-matters-in-[0-9a-f]{11}$/);
  expect(mergePapers([found('arxiv', { title: 'Renamed paper, same id', arxivId: '2604.23256' })])[0]?.id).toMatch(
    new RegExp(`${other[0]?.id.slice(-11)}$`),
  );
});

test.each([
  ['arXiv:2604.23256v2', '2604.23256'],
  ['https://arxiv.org/abs/cs/0112017v1', 'cs/0112017'],
  ['https://arxiv.org/pdf/1706.03762.pdf', '1706.03762'],
  ['10.1234/2604.232567', null],
  ['version 1.2', null],
])('the arXiv id in "%s" is %s', (text, id) => {
  expect(arxivIdOf(text)).toBe(id);
});

test.each([
  ['https://doi.org/10.21105/JOSS.02173.', '10.21105/joss.02173'],
  ['doi:10.5281/zenodo.4242943)', '10.5281/zenodo.4242943'],
  ['10.1', null],
])('the DOI in "%s" is %s', (text, doi) => {
  expect(doiOf(text)).toBe(doi);
});

test('a title is compared without what typesetting and typing change', () => {
  expect(normaliseTitle('  “Naïve” \\emph{Bayes}:  $O(n^2)$ & co.  ')).toBe('naive bayes on2 co');
  expect(titleSimilarity('Attention Is All You Need', 'Attention is all you need!')).toBe(1);
  expect(titleSimilarity('Attention is all you need', 'Attention is what you need')).toBeCloseTo(1 - 4 / 26, 5);
});

test('a name is cut at a word', () => {
  expect(slug('Why Architecture Choice Matters', 20)).toBe('why-architecture');
  expect(slug('Überlegungen')).toBe('uberlegungen');
});
