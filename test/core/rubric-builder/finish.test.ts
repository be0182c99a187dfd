import { expect, test } from '@jest/globals';
import { allOk, checkRubric, findingLines } from '../../../core/rubric-builder/checks.ts';
import { leavesOf, type Draft } from '../../../core/rubric-builder/draft.ts';
import { finishDraft } from '../../../core/rubric-builder/finish.ts';
import { checkSchema, toRubric } from '../../../core/rubric-builder/tree.ts';
import { draftOf, inner, leaf, settings, sourcesOf } from './drafts.ts';

const sources = sourcesOf(
  'The optimiser is Adam with a rate of 0.001. The batch size is 64 for all models. Dropout of 0.1 follows every layer.',
);
const supported = (path: string, requirements: string, quote: string) =>
  leaf(path, requirements, [{ source: 'paper', quote }]);
const GOOD = [
  supported('1', 'The optimiser is Adam with a rate of 0.001', 'The optimiser is Adam with a rate of 0.001'),
  supported('2', 'The batch size is 64 for all models', 'The batch size is 64 for all models'),
  supported('3', 'Dropout of 0.1 follows every layer', 'Dropout of 0.1 follows every layer'),
];
const INVENTED = supported('4', 'Weights are averaged over ten checkpoints', 'we average ten checkpoints of each run');
const draft = (...children: ReturnType<typeof leaf>[]): Draft => ({
  root: inner('', 'the paper is reproduced', children),
  leftOut: [],
});

test('a rubric that passes every check goes into the task as it is', () => {
  const { checks, pruned, draft: finished } = finishDraft(draft(...GOOD), { sources, settings });
  expect(checks.map(({ check, ok }) => [check, ok])).toEqual([
    ['schema', true],
    ['leaves', true],
    ['support', true],
    ['duplicates', true],
    ['coverage', true],
    ['weights', true],
  ]);
  expect([pruned, finished]).toEqual([[], draft(...GOOD)]);
});

test('few leaves that rest on nothing are taken away, and it is said which', () => {
  const {
    checks,
    pruned,
    draft: finished,
  } = finishDraft(draft(...GOOD, INVENTED), { sources, settings: { ...settings, maxPruned: 0.25 } });
  expect(allOk(checks)).toBe(true);
  expect(pruned).toEqual([{ path: '4', requirements: 'Weights are averaged over ten checkpoints' }]);
  expect(leavesOf(finished.root)).toHaveLength(3);
});

test('many leaves that rest on nothing stay, and the rubric does not pass', () => {
  const { checks, pruned } = finishDraft(draft(...GOOD, INVENTED), {
    sources,
    settings: { ...settings, maxPruned: 0.2 },
  });
  expect([allOk(checks), pruned]).toEqual([false, []]);
  expect(findingLines(checks)).toEqual([
    'support: node 4 rests on a quote that is not in the paper: "we average ten checkpoints of each run"',
  ]);
});

test('a rubric in the making becomes one that PaperBench takes', () => {
  const rubric = toRubric(
    draftOf(['all', ['methods', 'the encoder works'], 'a table exists']),
    ({ path }) => `id-${path}`,
  );
  expect(rubric).toMatchObject({
    id: 'id-',
    task_category: null,
    sub_tasks: [
      {
        id: 'id-1',
        sub_tasks: [{ task_category: 'Code Development', finegrained_task_category: 'Method Implementation' }],
      },
      { id: 'id-2' },
    ],
  });
});

test('an open node, a leaf without a fine-grained category and too many levels break the schema', () => {
  const open = inner('', 'all', [inner('1', 'still open', []), { ...leaf('2', 'half done'), finegrained: null }]);
  expect(checkSchema(open, settings)).toMatchObject({
    ok: false,
    findings: [
      { path: '1', problem: 'has neither children nor a category' },
      { path: '2', problem: 'has no fine-grained category' },
    ],
  });
  const deep = draftOf(['all', ['one', ['two', 'three is here', 'four is here'], 'five is here'], 'six is here']);
  expect(checkSchema(deep, { maxDepth: 2, maxChildren: 12 })).toMatchObject({ ok: false, figures: { depth: 3 } });
});

test('the empty rubric passes nothing that it must', () => {
  const failed = checkRubric({ root: inner('', '', []), leftOut: [] }, { sources, settings }).filter(({ ok }) => !ok);
  expect(failed.map(({ check }) => check)).toEqual(expect.arrayContaining(['schema', 'support']));
});
