import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rubricNode } from '../../../../core/rubric/node.ts';
import { rollUp } from '../../../../core/rubric/roll-up.ts';
import { temporaryFolders } from '../../../support/temporary.ts';
import { grade, requirementIn, rubricOf, table, textOf } from './table.ts';

const folder = temporaryFolders();

test('a submission is graded leaf by leaf, with what was expected and what was found, and its cost', async () => {
  const { judge, progress } = await table({ folder, answer: (requirement) => (requirement.includes('run') ? 0 : 1) });
  const judged = await judge();
  expect(judged).toMatchObject({
    judge: expect.stringMatching(/^llm-[0-9a-f]{12}$/),
    score: 2 / 3,
    categories: { 'Code Development': 1, 'Code Execution': 0, 'Result Analysis': 1 },
    leaves: [
      { leaf: 'method', category: 'Code Development', score: 1, checked: 'the method', found: 'model.py:1 has it' },
      { leaf: 'run', score: 0 },
      { leaf: 'result', score: 1 },
    ],
  });
  expect(judged.usage?.usd).toBeGreaterThan(0);
  expect(progress.at(0)).toEqual({ judged: 0, of: 3 });
  expect(progress.at(-1)).toEqual({ judged: 3, of: 3 });
});

test('a leaf sees what its category should: code, the log of the run, or what the run has made', async () => {
  const { judge, asked } = await table({ folder });
  await judge();
  const shown = new Map(asked().map((body) => [requirementIn(body), textOf(body)]));
  const sees = (requirement: string, words: string): boolean => shown.get(requirement)?.includes(words) ?? false;
  const [method, run, result] = [
    'The method is implemented.',
    'The experiment is run.',
    'The accuracy is about 0.9.',
  ] as const;
  const table_ = Object.fromEntries(
    [method, run, result].map((requirement) => [
      requirement,
      {
        paper: sees(requirement, 'The accuracy is 0.9.'),
        addendum: sees(requirement, 'Only the first table counts.'),
        judgesOwn: sees(requirement, 'Be kind about rounding.'),
        script: sees(requirement, 'python model.py > results.csv'),
        code: sees(requirement, 'class Model: pass'),
        documents: sees(requirement, 'what was done'),
        log: sees(requirement, 'trained for 3 epochs'),
        made: sees(requirement, 'acc,0.91'),
        notMade: sees(requirement, 'acc,0.1'),
      },
    ]),
  );
  const always = { paper: true, addendum: true, judgesOwn: true, script: true, documents: true, notMade: false };
  expect(table_).toEqual({
    [method]: { ...always, code: true, log: false, made: false },
    [run]: { ...always, code: true, log: true, made: false },
    [result]: { ...always, code: false, log: true, made: true },
  });
  expect(shown.get(result)).toContain(
    '- The paper is reproduced.\n- The method is implemented.\n- The experiment is run.',
  );
});

test('the rubric of the other leaves and the weights are not told', async () => {
  const { judge, asked } = await table({ folder });
  await judge();
  expect(asked().every((body) => !JSON.stringify(body).includes('weight'))).toBe(true);
});

test('where there are more files than may be shown, the model picks them first, and names that there are not are passed over', async () => {
  const { judge, asked } = await table({ folder, settings: { rankedFiles: 1, variant: 'code-development' } });
  await judge();
  const [ranked, graded] = asked();
  expect(textOf(ranked as never)).toContain('<files>\nREADME.md\nmodel.py\n</files>');
  expect(textOf(graded as never)).toContain('class Model: pass');
  expect(textOf(graded as never)).not.toContain('what was done');
});

test('results are 0 without a question where running reproduce.sh has made no document and no table', async () => {
  const { judge, asked } = await table({ folder, touched: ['reproduce.log', 'model.bin'] });
  const judged = await judge();
  expect(judged).toMatchObject({ score: 2 / 3, categories: { 'Result Analysis': 0 } });
  expect(judged.leaves.at(-1)?.found).toContain('has made or changed no document and no table');
  expect(asked().map(requirementIn)).not.toContain('The accuracy is about 0.9.');
});

test('the code-development variant prunes the other leaves and looks at no reproduction', async () => {
  const { judge, asked } = await table({ folder, settings: { variant: 'code-development' } });
  const judged = await judge({ reproduced: false });
  expect(judged).toMatchObject({ score: 1, categories: { 'Code Execution': null, 'Result Analysis': null } });
  expect(asked()).toHaveLength(1);
});

test('a grade that is not the shape is asked for again, with the complaint', async () => {
  let calls = 0;
  const { judge, asked } = await table({
    folder,
    settings: { variant: 'code-development' },
    answer: () => ((calls += 1) === 1 ? grade(0.5) : 1),
  });
  expect(await judge()).toMatchObject({ score: 1 });
  expect(JSON.stringify(asked()[1]?.messages.at(-1))).toContain('That was not understood');
});

test.each([
  ['a score of 0.5', () => grade(0.5)],
  ['a score in words', () => grade('yes')],
  ['no reasons', () => ({ content: [{ type: 'tool_use', name: 'grade', input: { score: 1 } }] })],
  ['mere talk', () => ({ content: [{ type: 'text', text: 'I would say it is fine' }] })],
  ['a refusal', () => ({ content: [{ type: 'text', text: 'no' }], stopReason: 'refusal' })],
  ['nothing', () => ({ content: [] })],
])('%s is no grade: the verdict is incomplete, whatever the others are', async (_what, answer) => {
  const { judge } = await table({ folder, answer: (requirement) => (requirement.includes('run') ? answer() : 1) });
  const judged = await judge();
  expect(judged).not.toHaveProperty('score');
  expect(judged).toMatchObject({
    paperbench: 2 / 3,
    most: 1,
    unjudged: [{ leaf: 'run', category: 'Code Execution', why: expect.stringContaining('malformed') }],
  });
  expect(judged.leaves.map(({ leaf }) => leaf)).toEqual(['method', 'result']);
});

test('whatever leaves fail, none of them becomes a 0, and another attempt asks about those alone', async () => {
  const outcomes = fc.array(fc.constantFrom<0 | 1 | 'broken'>(0, 1, 'broken'), { minLength: 1, maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(outcomes, async (wanted) => {
      const rubric = rubricNode(rubricOf(wanted.length));
      let heals = false;
      const of = (requirement: string) => wanted[Number(requirement.replace('leaf ', ''))];
      const { judge, asked } = await table({
        folder,
        rubric,
        answer: (requirement) => (of(requirement) === 'broken' ? (heals ? 1 : grade('?')) : of(requirement)),
      });
      const broken = wanted.flatMap((score, index) => (score === 'broken' ? [`leaf-${index}`] : []));
      const scores = (standIn: number) =>
        new Map(wanted.map((score, index) => [`leaf-${index}`, score === 'broken' ? standIn : score]));
      const first = await judge();
      expect(first.leaves.map(({ leaf, score }) => [leaf, score])).toEqual(
        wanted.flatMap((score, index) => (score === 'broken' ? [] : [[`leaf-${index}`, score]])),
      );
      const ends = { paperbench: rollUp(rubric, scores(0)), most: rollUp(rubric, scores(1)) };
      expect(Object.hasOwn(first, 'score')).toBe(broken.length === 0);
      expect(first).toMatchObject(broken.length === 0 ? { score: rollUp(rubric, scores(0)) } : ends);
      const before = asked().length;
      heals = true;
      expect(await judge()).toMatchObject({ score: rollUp(rubric, scores(1)) });
      expect(asked().slice(before).map(requirementIn).toSorted()).toEqual(
        broken.map((leaf) => leaf.replace('-', ' ')).toSorted(),
      );
    }),
    { numRuns: 12 },
  );
});
