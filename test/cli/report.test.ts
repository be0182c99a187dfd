import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { compare } from '../../cli/compare.ts';
import { rebuild, run } from '../../cli/report.ts';
import { createFolderStore, type Store } from '../../activities/store.ts';
import { startRun } from '../../activities/bookkeeping/start-run.ts';
import { keys } from '../../core/names.ts';
import { sampleRlStages } from '../activities/report/rl-sample.ts';
import { temporaryFolder } from '../support/temporary.ts';

const smoke = JSON.parse(readFileSync(join(__dirname, '../../config/recipes/smoke.json'), 'utf8')) as unknown;
const home = temporaryFolder();
const workflow = { workflowId: 'smoke', runId: 'r' };

async function begun(home: string, name: string): Promise<Store> {
  const store = createFolderStore(home);
  await startRun({ store, codeVersion: 'test' }, { run: name, recipe: smoke, workflow });
  return store;
}

/** A training stage that ended, with the losses that its job wrote down. */
async function trained(store: Store, run: string): Promise<void> {
  const folder = keys.stage(run, 'base');
  const training = { checkpoint: 'base', rows: 200, trainedTokens: 9000, steps: 3, metrics: { loss: 0.5 }, seconds: 4 };
  await store.write(`${folder}/ledger.jsonl`, '');
  await store.writeJson(`${folder}/manifest.json`, {
    stage: 'base',
    type: 'sft',
    state: 'completed',
    wanted: 0,
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:06.000Z',
    workflow,
    hash: 'h',
    codeVersion: 'test',
    training,
  });
  const lines = [4, 2, 0.5].map((loss, index) => ({
    type: 'progress',
    job: 'base',
    step: index + 1,
    steps: 3,
    loss,
    tokensPerSecond: 1,
    lr: 1,
    gradNorm: 1,
  }));
  await store.write(keys.jobProgress(run, 'base'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

test('a report is built anew from the store, and it is said where it is', async () => {
  const store = await begun(join(home, 'one'), 'smoke');
  await trained(store, 'smoke');
  const said = await rebuild(store, 'smoke');
  expect(said).toContain('0 rollouts planned = 0 scored + 0 infra-failed + 0 cancelled');
  for (const key of [keys.reportPage('smoke'), keys.report('smoke'), keys.ledger('smoke')]) {
    expect(said).toContain(store.path(key));
    expect(await store.exists(key)).toBe(true);
  }
  const page = (await store.read(keys.reportPage('smoke'))).toString();
  expect(page).toContain('aria-label="Loss of base. base: from 4 at 1 to 0.5 at 3"');
  expect(page).toContain('The teacher is a scripted program');
  await rebuild(store, 'smoke');
  expect((await store.read(keys.reportPage('smoke'))).toString()).toBe(page);
});

test('an RL stage from which nothing could be learnt is told of before any figure', async () => {
  const store = createFolderStore(join(home, 'three'));
  const rl = {
    type: 'rl',
    from: 'sft',
    curriculum: [{ timeout: '100s', steps: 8 }],
    tasksPerStep: 1,
    rolloutsPerTask: 2,
  };
  const given = smoke as { stages: { type: string }[] };
  const recipe = { ...given, stages: [...given.stages.filter(({ type }) => type !== 'rl' && type !== 'evaluate'), rl] };
  await startRun({ store, codeVersion: 'test' }, { run: 'flat', recipe, workflow });
  const [stage] = sampleRlStages();
  const steps = stage!.rl!.steps.map((step) => ({ ...step, groups: { count: 6, flat: 6 } }));
  const folder = keys.stage('flat', 'rl-100s');
  await store.write(`${folder}/ledger.jsonl`, '');
  await store.writeJson(`${folder}/manifest.json`, {
    stage: 'rl-100s',
    type: 'rl',
    state: 'completed',
    wanted: 0,
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:06.000Z',
    workflow,
    hash: 'h',
    codeVersion: 'test',
    rl: { ...stage!.rl, steps },
  });
  const said = await rebuild(store, 'flat');
  expect(said).toMatch(/^rl-100s +8 +steps +0\.\d{3} → 0\.\d{3} +48 of 48 +97.%$/m);
  expect(said).toContain(
    'Note: rl-100s: in 8 of 8 steps no group had any variance, so there was nothing to learn from.',
  );
  expect((await store.read(keys.reportPage('flat'))).toString()).toContain('Progressive RL');
});

test('an unknown run is refused in one sentence that names the runs that exist', async () => {
  const store = await begun(join(home, 'two'), 'first');
  await store.write('runs/half/notes.txt', 'no manifest: it never began');
  await expect(rebuild(store, 'other')).rejects.toThrow(/^there is no run "other"; there is first$/);
  await expect(rebuild(createFolderStore(join(home, 'empty')), 'x')).rejects.toThrow('no run has begun in this home');
  await expect(rebuild(store, '../first')).rejects.toThrow('there is no run "../first"');
});

test.each([[[]], [['a', 'b']], [['--what']]])('the arguments %j are not understood', async (args) => {
  await expect(run(args)).rejects.toMatchObject({ exitCode: 2 });
});

test('two runs are compared: their scores, their stages, and what of their recipes differs', async () => {
  const store = await begun(join(home, 'four'), 'one');
  const other = { ...(smoke as object), seed: 7 };
  await startRun({ store, codeVersion: 'test' }, { run: 'two', recipe: other, workflow });
  await trained(store, 'one');
  await Promise.all(['one', 'two'].map((name) => rebuild(store, name)));
  const text = await compare(store, 'one', 'two');
  expect(text).toMatch(/^stage +one +two$/m);
  expect(text).toMatch(/^base +6 s +–$/m);
  expect(text).toMatch(/^recipe +one +two\nseed +1 +7$/m);
  expect(await compare(store, 'one', 'one')).toContain('The recipes are the same.');
});
