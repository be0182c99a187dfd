import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeReport } from '../../activities/bookkeeping/write-report.ts';
import { createJudges, type FindJudge } from '../../activities/judges/create-judges.ts';
import { judgeAgain, overrule } from '../../activities/judges/judge-again.ts';
import { createModels } from '../../activities/models/create-models.ts';
import { createLimiter } from '../../activities/models/limiter/limiter.ts';
import { readPrompts, type Prompts } from '../../activities/prompts.ts';
import { createBubblewrap } from '../../activities/sandboxes/bubblewrap.ts';
import type { Store } from '../../activities/store.ts';
import { judgeSettings } from '../../core/judge-settings.ts';
import { recipe as recipeSchema } from '../../core/recipe.ts';
import { reproduction } from '../../core/judging/reproduction.ts';
import { keys } from '../../core/names.ts';
import { incompleteVerdict, record, verdict } from '../../core/record.ts';
import { report } from '../../core/report.ts';
import { grade, requirementIn, textOf } from '../activities/judges/llm/table.ts';
import { messagesServer, PRICE } from '../support/messages-server.ts';
import { paperWriter } from '../support/paper-writer.ts';
import { writeTaskFolder } from '../support/task-folders.ts';
import { temporaryFolders } from '../support/temporary.ts';
import { openWorld, type World } from '../support/workflows.ts';

const folder = temporaryFolders();
const sandboxes = createBubblewrap({ home: folder() });
let world: World;
let judges: (store: Store) => FindJudge;
let recipe: object;
const deps = () => ({ store: world.store, sandboxes, scratch: folder(), judge: judges(world.store) });
const known = () => recipeSchema.parse(recipe);
const quiet = { onProgress: () => undefined, signal: new AbortController().signal };

const idOf = (task: string): string => `${world.run}.evaluate-idle.heldout.${task}.0`;
const read = (key: string): Promise<unknown> => world.store.readJson(key);

beforeAll(async () => {
  const server = await messagesServer({
    brain: (body) => {
      const isBad = textOf(body).includes('# unclear') && requirementIn(body).includes('run');
      return grade(isBad ? 'perhaps' : 1);
    },
  });
  const prompts: Prompts = readPrompts('prompts/judge');
  const models = createModels({ limiter: createLimiter(), secret: () => 'sk-test' });
  judges = (store) => createJudges({ store, sandboxes, models, prompts });
  world = await openWorld({
    sandboxes,
    policy: () => paperWriter,
    judge: judges,
  });
  const tasks = folder();
  for (const task of ['clear', 'forbidden', 'unclear']) writeTaskFolder(tasks, task);
  const model = { type: 'anthropic', model: 'claude-test', baseUrl: server.baseUrl, price: PRICE };
  recipe = {
    name: 'papers',
    tasks: { type: 'folder', paths: [tasks], train: [], heldout: 'rest' },
    policies: { idle: { type: 'idle' } },
    models: { grader: model },
    evaluationJudge: { type: 'llm', model: 'grader', reproduction: { timeout: '1m' } },
    judge: { type: 'llm', model: 'grader' },
    rollout: { agent: { submit: 'free' } },
    maxInfraFailedShare: 1,
    stages: [{ type: 'evaluate', policies: ['idle'], rolloutsPerTask: 1, timeout: '5m' }],
  };
  await world.whileWorking(async () => {
    const options = { workflowId: world.run, taskQueue: world.queue, args: [recipe] };
    await (await world.client.workflow.start('train', options)).result();
  });
}, 120_000);
afterAll(() => world.close());

test('a submission to a paper is run in a fresh sandbox, without the paper, then graded leaf by leaf', async () => {
  const found = record.parse(await read(keys.record(idOf('clear'))));
  expect(found).toMatchObject({ outcome: 'scored', score: 1, end: 'submitted', usage: { usd: 2 } });
  expect(found.judgeUsage?.usd).toBeGreaterThan(0);
  const given = verdict.parse(await read(keys.verdict(idOf('clear'))));
  const ran = reproduction.parse(await read(world.store.keyOf(given.reproduction as never)));
  expect(ran).toMatchObject({ hasScript: true, exitCode: 1, timeout: '1m' });
  expect(ran.touched.map(({ path }) => path)).toEqual(['reproduce.log', 'results.csv']);
});

test('one that fetched what is forbidden scores 0, which the report tells apart from a bad one', async () => {
  expect(record.parse(await read(keys.record(idOf('forbidden'))))).toMatchObject({
    outcome: 'scored',
    score: 0,
    violated: true,
  });
});

test('one with a leaf that cannot be graded has no score: it is infra-failed, with what PaperBench would say', async () => {
  const found = record.parse(await read(keys.record(idOf('unclear'))));
  expect(found).toMatchObject({ outcome: 'infra-failed', paperbench: 2 / 3 });
  expect(found.reason).toContain('VerdictIncomplete: 1 leaves could not be graded, the first is run (malformed');
  expect(found).not.toHaveProperty('score');
  const given = incompleteVerdict.parse(await read(keys.incompleteVerdict(idOf('unclear'))));
  expect(given.leaves.map(({ leaf }) => leaf)).toEqual(['method', 'result']);
  expect(await read(keys.verdict(idOf('unclear')))).toBeUndefined();
});

test("the report shows our score and PaperBench's convention, and what judging cost", async () => {
  const made = report.parse(await read(keys.report(world.run)));
  expect(made.evaluations).toMatchObject([
    { n: 2, mean: 0.5, violations: 1, paperbench: { n: 3, mean: (1 + 0 + 2 / 3) / 3 } },
  ]);
  expect(made.cost.usd).toBeGreaterThan(4);
  expect(made.notes).toEqual([
    "1 rollouts score 0 because they violated their task's blacklist.",
    '1 rollouts have no score because leaves could not be graded; PaperBench would count those leaves 0.',
  ]);
});

test('finished rollouts are judged again by another judge, and the two are compared leaf by leaf', async () => {
  const settings = judgeSettings.parse({ type: 'llm', model: 'grader', variant: 'code-development' });
  const again = (task: string) => judgeAgain(deps(), { rollout: idOf(task), recipe: known(), settings, ...quiet });
  expect(await again('clear')).toMatchObject({
    before: 1,
    now: 1,
    agreement: 1,
    judge: expect.stringMatching(/^llm-/),
  });
  expect(await again('unclear')).toMatchObject({ before: null, now: 1, agreement: null });
  const { judge = '' } = (await again('clear')) ?? {};
  expect(await read(`${keys.rollout(idOf('clear'))}/verdicts/${judge}.json`)).toMatchObject({ score: 1 });
  expect(record.parse(await read(keys.record(idOf('clear'))))).toMatchObject({ score: 1 });
});

test('a person overrules a violation: verdict, record and ledger are made anew', async () => {
  const request = { rollout: idOf('forbidden'), recipe: known(), reason: 'it got nothing', ...quiet };
  expect(await overrule(deps(), request)).toEqual({ before: 0, now: 1 });
  expect(verdict.parse(await read(keys.verdict(idOf('forbidden'))))).toMatchObject({
    score: 1,
    overruled: 'it got nothing',
  });
  const found = record.parse(await read(keys.record(idOf('forbidden'))));
  expect(found).toMatchObject({ outcome: 'scored', score: 1 });
  expect(found).not.toHaveProperty('violated');
  await writeReport(world.store, world.run);
  const made = report.parse(await read(keys.report(world.run)));
  expect(made.evaluations).toMatchObject([{ n: 2, mean: 1 }]);
  expect(made.evaluations[0]).not.toHaveProperty('violations');
  await expect(overrule(deps(), request)).rejects.toThrow('has no violation that could be overruled');
});

test('no sandbox is left', async () => {
  expect(await sandboxes.list()).toEqual([]);
});
