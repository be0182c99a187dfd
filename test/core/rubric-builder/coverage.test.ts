import { expect, test } from '@jest/globals';
import { checkCoverage, exhibitsOf } from '../../../core/rubric-builder/coverage.ts';
import { supportsOf } from '../../../core/rubric-builder/support.ts';
import { draftOf, inner, leaf, sourcesOf } from './drafts.ts';

const MARKDOWN = `# A paper

As Table 2 shows, all is well. Figure 1 is mentioned here first.

![Figure 1: The decision flow](assets/figure-1.png)

**Table 1.** Accuracy by method

| method | accuracy |
| ours | 0.91 |

TABLE II: Ablations

| part | accuracy |
| no gate | 0.84 |

Algorithm 1 Self-play by tree search

Tables 1 to 2 are discussed below.
`;

test('tables, figures and algorithms are found by their captions, not where they are mentioned', () => {
  expect(exhibitsOf(MARKDOWN).map(({ name }) => name)).toEqual(['Figure 1', 'Table 1', 'Table II', 'Algorithm 1']);
});

const sources = sourcesOf(MARKDOWN);
const cover = (root: ReturnType<typeof inner>, leftOut: { item: string; reason: string }[] = [], least = 1) =>
  checkCoverage({ root, leftOut }, { markdown: MARKDOWN, supports: supportsOf(root, sources), least });

test('an exhibit is covered where a requirement names it, or where a quote stands in it', () => {
  const quoted = leaf('1', 'Without the gate accuracy falls', [
    { source: 'paper', quote: '| part | accuracy | | no gate | 0.84 |' },
  ]);
  const root = inner('', 'Fig. 1 and Table 1 are reproduced', [quoted, leaf('2', 'Tree search follows Algorithm 1')]);
  expect(cover(root)).toMatchObject({
    ok: true,
    findings: [],
    figures: { exhibits: 4, covered: 4, excused: 0, share: 1 },
  });
});

test('what nothing reaches is named, and excused where it is left out for a reason', () => {
  const root = draftOf(['Tables 1-2 and Figure 1 are reproduced', 'Table II is reproduced within one per cent']);
  expect(cover(root)).toMatchObject({
    ok: false,
    findings: [{ path: '', problem: 'nothing in the rubric reaches Algorithm 1' }],
  });
  expect(cover(root, [{ item: 'algorithm 1', reason: 'it is the one of another paper' }])).toMatchObject({
    ok: true,
    figures: { covered: 3, excused: 1, share: 1 },
  });
  expect(cover(root, [{ item: 'Algorithm 1', reason: '' }]).ok).toBe(false);
  expect(cover(root, [], 0.75).ok).toBe(true);
});

test('a number is not the beginning of another one', () => {
  const root = draftOf(['Table 10 is reproduced', 'Table 12 is reproduced in full']);
  expect(cover(root).figures).toMatchObject({ covered: 0 });
});

test('a paper without exhibits is covered', () => {
  const root = draftOf(['all', 'The method is implemented here']);
  expect(checkCoverage({ root, leftOut: [] }, { markdown: 'Only text.', supports: [], least: 1 }).ok).toBe(true);
});
