import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createJudges } from '../../activities/judges/create-judges.ts';
import { createModels } from '../../activities/models/create-models.ts';
import { createLimiter } from '../../activities/models/limiter/limiter.ts';
import type { Policy } from '../../activities/policies/policy.ts';
import { readPrompts, type Prompts } from '../../activities/prompts.ts';
import { createBubblewrap } from '../../activities/sandboxes/bubblewrap.ts';
import { reproduction } from '../../core/judging/reproduction.ts';
import { keys, parseRolloutId } from '../../core/names.ts';
import { incompleteVerdict, record, verdict } from '../../core/record.ts';
import { report } from '../../core/report.ts';
import { grade, requirementIn, textOf } from '../activities/judges/llm/table.ts';
import { messagesServer, PRICE } from '../support/messages-server.ts';
import { writeTaskFolder } from '../support/task-folders.ts';
import { temporaryFolders } from '../support/temporary.ts';
import { openWorld, type World } from '../support/workflows.ts';

const folder = temporaryFolders();
const sandboxes = createBubblewrap({ home: folder() });
let world: World;

/** Writes a submission in one turn and submits in the next; at the task `forbidden` it tries to fetch what it must not. */
const writer: Policy = {
  async nextTurn({ rollout, turns }) {
    const { task } = parseRolloutId(rollout);
    const fetch = task === 'forbidden' ? 'curl -s https://github.com/authors/code; ' : '';
    const command = `${fetch}echo "class Model: pass" > model.py; echo "echo acc,0.9 > results.csv; cat paper/paper.md" > reproduce.sh`;
    const id = `t${turns.length}.0`;
    const call = turns.length === 0 ? { id, name: 'bash', input: { command } } : { id, name: 'submit', input: {} };
    const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 1 };
    return { text: '', calls: [call], usage, policyVersion: 'writer' };
  },
};

const idOf = (task: string): string => `${world.run}.evaluate-idle.heldout.${task}.0`;
const read = (key: string): Promise<unknown> => world.store.readJson(key);

beforeAll(async () => {
  const server = await messagesServer({
    brain: (body) => {
      const isBad = textOf(body).includes('# unclear') && requirementIn(body).includes('run');
      return grade(isBad ? 'perhaps' : 1);
    },
  });
  const prompts: Prompts = await readPrompts('prompts/judge');
  const models = createModels({ limiter: createLimiter(), secret: () => 'sk-test' });
  world = await openWorld({
    sandboxes,
    policy: () => writer,
    judge: (store) => createJudges({ store, sandboxes, models, prompts }),
  });
  const tasks = folder();
  for (const task of ['clear', 'forbidden', 'unclear']) writeTaskFolder(tasks, task);
  const model = { type: 'anthropic', model: 'claude-test', baseUrl: server.baseUrl, price: PRICE };
  const recipe = {
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

test('no sandbox is left', async () => {
  expect(await sandboxes.list()).toEqual([]);
});
