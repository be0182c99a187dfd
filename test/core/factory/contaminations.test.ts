import { describe, expect, test } from '@jest/globals';
import { contaminationsOf } from '../../../core/factory/contaminations.ts';
import { decontaminationSettings } from '../../../core/factory/decontamination.ts';
import { createSigner } from '../../../core/factory/minhash.ts';
import { PAPERBENCH } from '../../../core/factory/paperbench.ts';

const settings = decontaminationSettings.parse({});
const protectedPapers = PAPERBENCH.map((paper) => ({ paper, signature: null }));
const compare = (fields: { title: string; arxivId?: string; doi?: string }, code: string[] = []) =>
  contaminationsOf(
    { fields: { arxivId: null, doi: null, ...fields }, code, signature: null },
    protectedPapers,
    settings,
  );

test('PaperBench has 23 papers, 20 for the test and 3 for development, with as many titles', () => {
  expect(PAPERBENCH).toHaveLength(23);
  expect(new Set(PAPERBENCH.map(({ title }) => title)).size).toBe(23);
  expect(new Set(PAPERBENCH.map(({ arxivIds }) => arxivIds.join())).size).toBe(23);
});

describe('a paper is held to be a protected one', () => {
  test.each([
    ['by its arXiv id, whatever the version', { title: 'Renamed', arxivId: '2405.03064' }, [], 'arxiv-id'],
    ['by the DOI that arXiv gave it', { title: 'Renamed', doi: '10.48550/arxiv.2405.03064' }, [], 'arxiv-id'],
    ['by its code, however spelt', { title: 'Renamed' }, ['git@github.com:ChengZelei/rice.git'], 'code'],
    ['by its title', { title: 'SAPG: Split And Aggregate Policy Gradients.' }, [], 'title'],
    ['by a title that was typed wrongly', { title: 'All-in-one simulation based inferense' }, [], 'title'],
  ])('%s', (...[, fields, code, kind]) => {
    const { matches } = compare(fields, code);
    expect(matches.map((match) => match.kind)).toEqual([kind]);
  });

  test('with the match and the threshold in its record', () => {
    const { matches } = compare({ title: 'Stay on topic with Classifier Free Guidance!' });
    expect(matches).toEqual([
      {
        kind: 'title',
        with: 'paperbench/stay-on-topic-with-classifier-free-guidance',
        ours: 'Stay on topic with Classifier Free Guidance!',
        theirs: 'Stay on topic with Classifier-Free Guidance',
        similarity: 1,
        threshold: 0.9,
      },
    ]);
  });

  test('by its text, also where a fifth of the words was changed', () => {
    const text = Array.from({ length: 900 }, (_, index) => `word${(index * index) % 997}`);
    const copy = text.map((word, index) => (index % 5 === 2 ? 'other' : word));
    const sign = createSigner();
    const { matches } = contaminationsOf(
      { fields: { title: 'Ours', arxivId: null, doi: null }, code: [], signature: sign(copy.join(' ')) },
      [{ paper: { id: 'x', title: 'Theirs', arxivIds: [], dois: [], code: [] }, signature: sign(text.join(' ')) }],
      settings,
    );
    expect(matches).toMatchObject([{ kind: 'text', with: 'x', threshold: 0.15 }]);
  });
});

test('another paper on the same matter is let through, and the nearest title is shown', () => {
  const { matches, nearest } = compare({ title: 'SAPG: Split and Conquer Policy Networks', arxivId: '2501.00001' }, [
    'https://github.com/somebody/else',
  ]);
  expect(matches).toEqual([]);
  expect(nearest).toMatchObject([{ kind: 'title', with: 'paperbench/sapg' }]);
});
