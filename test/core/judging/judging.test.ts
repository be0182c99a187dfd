import { expect, test } from '@jest/globals';
import { composeVerdict, type LeafOutcome } from '../../../core/judging/compose.ts';
import { hasResults, isShown } from '../../../core/judging/files.ts';
import { leavesInPlace, type Prior } from '../../../core/judging/prior-nodes.ts';
import { leaves } from '../../../core/rubric/node.ts';
import { gradedScores, parseGraded } from '../../../core/rubric/graded.ts';
import { parseRubric } from '../../../core/rubric/text.ts';
import { paperbench } from '../rubric/data.ts';

const DEV = 'Code Development';
const RESULT = 'Result Analysis';

test.each([
  { path: 'src/model.py', touched: false, shown: [true, true, false] },
  { path: 'notes.md', touched: false, shown: [true, true, true] },
  { path: 'Dockerfile', touched: false, shown: [true, true, false] },
  { path: 'out/table.csv', touched: false, shown: [false, false, false] },
  { path: 'out/table.csv', touched: true, shown: [false, false, true] },
  { path: 'config.yaml', touched: true, shown: [true, true, true] },
  { path: 'weights.bin', touched: true, shown: [false, false, false] },
  { path: 'venv/lib/x.py', touched: false, shown: [false, false, false] },
  { path: 'a/.git/notes.md', touched: true, shown: [false, false, false] },
  { path: 'reproduce.sh', touched: false, shown: [false, false, false] },
])('$path (touched: $touched) is shown to development, execution and results: $shown', ({ path, touched, shown }) => {
  const set = new Set(touched ? [path] : []);
  expect([DEV, 'Code Execution', RESULT].map((category) => isShown(category as typeof DEV, path, set))).toEqual(shown);
});

test('the log alone, or a checkpoint, is no result', () => {
  expect(hasResults(new Set(['reproduce.log', 'model.pt']))).toBe(false);
  expect(hasResults(new Set(['out/acc.json']))).toBe(true);
});

test('a leaf is read with the nodes above it and the earlier siblings of each', () => {
  const rubric = parseRubric(paperbench('semantic-self-consistency', 'rubric.json'));
  const placed = leavesInPlace(rubric);
  const texts = (prior: Prior | undefined) => prior?.list.slice(prior.from, prior.to);
  expect(placed.map(({ leaf }) => leaf.id)).toEqual(leaves(rubric).map(({ id }) => id));
  expect(texts(placed[0]?.prior)?.[0]).toBe(rubric.requirements);
  const last = placed.at(-1);
  expect(texts(last?.prior)?.slice(1, rubric.sub_tasks.length)).toEqual(
    rubric.sub_tasks.slice(0, -1).map(({ requirements }) => requirements),
  );
  const few = leavesInPlace(rubric, 5);
  expect(texts(few.at(-1)?.prior)).toEqual(texts(last?.prior)?.slice(-5));
  expect(leavesInPlace(rubric, 0).every(({ prior }) => texts(prior)?.length === 0)).toBe(true);
});

const graded = parseGraded(paperbench('semantic-self-consistency', 'graded.json'));
const outcomeOf = ([leaf, score]: [string, number]): [string, LeafOutcome] => [
  leaf,
  { grade: { leaf, requirements: '', category: '', score: score as 0 | 1, checked: '', found: '' } },
];

test("the grades of PaperBench's human judge make its root score", () => {
  const verdict = composeVerdict(graded, new Map([...gradedScores(graded)].map(outcomeOf)));
  expect(verdict).toMatchObject({ complete: true, score: expect.closeTo(0.91, 10) });
});

test('one leaf without a grade leaves the whole without a score, between two ends', () => {
  const [[first], ...rest] = [...gradedScores(graded)] as [[string, number], ...[string, number][]];
  const verdict = composeVerdict(graded, new Map([[first, { why: 'malformed' }], ...rest.map(outcomeOf)]));
  expect(verdict).not.toHaveProperty('score');
  if (verdict.complete) throw new Error('it is complete');
  expect(verdict.unjudged).toEqual([expect.objectContaining({ leaf: first, why: 'malformed' })]);
  expect(verdict.paperbench).toBeLessThan(0.91);
  expect(verdict.most).toBeCloseTo(0.91, 10);
});

test('a leaf that nobody looked at is an error, not a verdict', () => {
  expect(() => composeVerdict(graded, new Map())).toThrow('nothing is known of leaf');
});
