import { expect, test } from '@jest/globals';
import type { Answered } from '../../../core/rubric-builder/answers.ts';
import { buildFrom } from '../../../core/rubric-builder/build.ts';
import { leavesOf, nodesOf, type Proposed } from '../../../core/rubric-builder/draft.ts';
import type { CheckResult } from '../../../core/rubric-builder/finding.ts';
import { nextCalls, type Call } from '../../../core/rubric-builder/plan.ts';
import { settings } from './drafts.ts';

const node = (requirements: string): Proposed => ({ requirements, category: null, finegrained: null, evidence: [] });
const leaf = (requirements: string): Proposed => ({
  requirements,
  category: 'Code Development',
  finegrained: 'Method Implementation',
  evidence: [],
});
const contributions = (...children: Proposed[]): Answered => ({
  kind: 'contributions',
  name: 'contributions',
  value: { task: 'the paper is reproduced', children, leftOut: [] },
});
const expand = (name: string, nodes: Record<string, Proposed[]>): Answered => ({
  kind: 'expand',
  name,
  value: { nodes: Object.entries(nodes).map(([path, children]) => ({ path, children })) },
});
const weights: Answered = { kind: 'weights', name: 'weights', value: { weights: [{ path: '1', weight: 3 }] } };
const addendum: Answered = { kind: 'addendum', name: 'addendum', value: { notes: [] } };
const review = (verdict: 'accept' | 'revise', blocking = true): Answered => ({
  kind: 'review',
  name: 'review',
  value: { verdict, objections: verdict === 'accept' ? [] : [{ path: '1', problem: 'is vague', blocking }] },
});
const revise: Answered = { kind: 'revise', name: 'revise', value: { edits: [], leftOut: [] } };
const repair: Answered = { kind: 'repair', name: 'repair', value: { edits: [], leftOut: [] } };

const failed: CheckResult[] = [
  { check: 'support', ok: false, findings: [{ path: '1', problem: 'rests on nothing' }], figures: {} },
];
const next = (
  answers: Answered[],
  more: { checks?: CheckResult[]; settings?: Partial<typeof settings> } = {},
): Call[] =>
  nextCalls(buildFrom(answers), {
    checks: () => more.checks ?? [],
    settings: { ...settings, ...more.settings },
    answered: new Set(answers.map(({ name }) => name)),
  });
const namesOf = (calls: Call[]): string[] => calls.map(({ name }) => name);

test('first the contributions are asked for', () => {
  expect(next([])).toEqual([{ name: 'contributions', kind: 'contributions' }]);
});

test('then the tree is expanded breadth first: a level is whole before the next begins', () => {
  const first = [contributions(node('methods'), leaf('data'), node('results'))];
  expect(next(first)).toEqual([{ name: 'expand-1-2', kind: 'expand', paths: ['1', '3'], leavesOnly: false }]);
  const second = [...first, expand('expand-1-2', { '1': [node('encoder'), leaf('loss')], '3': [node('table')] })];
  expect(next(second)).toMatchObject([{ name: 'expand-1.1-2', paths: ['1.1', '3.1'] }]);
  const third = [...second, expand('expand-1.1-2', { '1.1': [leaf('layers'), leaf('heads')], '3.1': [leaf('row')] })];
  expect(namesOf(next(third))).toEqual(['weights']);
  expect(leavesOf(buildFrom(third).draft.root).map(({ path }) => path)).toEqual([
    '1.1.1',
    '1.1.2',
    '1.2',
    '2',
    '3.1.1',
  ]);
});

test('a level is asked for in batches that do not depend on each other', () => {
  const calls = next([contributions(...['a', 'b', 'c', 'd', 'e'].map(node))], { settings: { nodesPerCall: 2 } });
  expect(calls.map(({ paths }) => paths)).toEqual([['1', '2'], ['3', '4'], ['5']]);
});

test('the last level, and every level of a rubric that is full, must be leaves', () => {
  const answers = [contributions(node('a'), node('b'))];
  expect(next(answers, { settings: { maxDepth: 2 } })[0]?.leavesOnly).toBe(true);
  expect(next(answers, { settings: { maxLeaves: 2 } })[0]?.leavesOnly).toBe(true);
  const deep = [...answers, expand('expand-1-2', { '1': [node('still open')], '2': [leaf('done')] })];
  expect(namesOf(next(deep, { settings: { maxDepth: 2 }, checks: failed }))).toEqual(['repair-0']);
});

test('a node that an answer left out is asked for once more and then left to the repairs; what is below others goes on', () => {
  const forgot = [contributions(node('a'), node('b')), expand('expand-1-2', { '1': [node('deeper')] })];
  expect(namesOf(next(forgot))).toEqual(['expand-2-1']);
  const again = [...forgot, expand('expand-2-1', {})];
  expect(namesOf(next(again))).toEqual(['expand-1.1-1']);
  expect(namesOf(next([...again, expand('expand-1.1-1', { '1.1': [leaf('done')] })], { checks: failed }))).toEqual([
    'repair-0',
  ]);
});

test('what the checks found is mended as often as the recipe says, then weights and addendum are asked for', () => {
  const built = [contributions(leaf('a'), leaf('b'))];
  expect(namesOf(next(built, { checks: failed }))).toEqual(['repair-0']);
  expect(namesOf(next([...built, repair], { checks: failed }))).toEqual(['repair-1']);
  expect(namesOf(next([...built, repair, repair], { checks: failed }))).toEqual(['weights']);
  expect(namesOf(next([...built, weights]))).toEqual(['addendum']);
});

test('a second model reviews, and its objections are met as often as the recipe says; the last word is a review', () => {
  const built = [contributions(leaf('a'), leaf('b')), weights, addendum];
  expect(namesOf(next(built))).toEqual(['review-0']);
  expect(namesOf(next([...built, review('accept')]))).toEqual([]);
  expect(namesOf(next([...built, review('revise', false)]))).toEqual([]);
  const once = [...built, review('revise')];
  expect(namesOf(next(once))).toEqual(['revise-0']);
  expect(namesOf(next([...once, revise]))).toEqual(['review-1']);
  const twice = [...once, revise, review('revise')];
  expect(namesOf(next(twice))).toEqual(['revise-1']);
  expect(namesOf(next([...twice, revise]))).toEqual(['review-2']);
  expect(namesOf(next([...twice, revise, review('revise')]))).toEqual([]);
});

test('a rubric that nobody is to review is done with its addendum', () => {
  expect(next([contributions(leaf('a'), leaf('b')), weights, addendum], { settings: { reviewRounds: 0 } })).toEqual([]);
});

test('the same answers always make the same rubric, and a path is never given twice', () => {
  const answers: Answered[] = [
    contributions(leaf('a'), leaf('b')),
    {
      kind: 'repair',
      name: 'repair-0',
      value: {
        edits: [
          { op: 'remove', path: '2', reason: 'twice' },
          { op: 'add', path: '', node: leaf('c') },
          { op: 'split', path: '1', nodes: [leaf('a one'), leaf('a two')] },
          { op: 'remove', path: '7', reason: 'it is not there' },
        ],
        leftOut: [],
      },
    },
    { ...weights, value: { weights: [{ path: '1', weight: 5 }] } },
  ];
  const built = buildFrom(answers);
  expect(buildFrom(answers)).toEqual(built);
  expect(nodesOf(built.draft.root).map(({ path, weight }) => [path, weight])).toEqual([
    ['', 1],
    ['1', 5],
    ['1.1', 1],
    ['1.2', 1],
    ['3', 1],
  ]);
  expect(built.refused).toEqual(['repair-0: there is no node 7']);
});
