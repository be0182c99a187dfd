import { beforeAll, expect, test } from '@jest/globals';
import { keys } from '../../core/names.ts';
import { eventually } from '../support/eventually.ts';
import { rlTests, tasksOf, type RlRun } from '../support/rl-world.ts';

/** Enough for rounds of different tasks. */
const TASKS = { tasks: { type: 'micropapers', train: 6, heldout: 1 } };
const curriculum = (steps: number) => ({ curriculum: [{ timeout: '60s', steps }] });

const opened = rlTests();
let old: RlRun;
beforeAll(async () => {
  opened.fake.table.endsAll = true;
  await opened.world.whileWorking(async () => {
    old = await opened.start({}, TASKS);
    await old.handle.result();
  });
  await opened.world.store.write(`${keys.checkpoint(old.run, 'rl-60s-1')}/optimizer.pt`, 'moments');
  await opened.world.store.writeJson(keys.knobs(old.run, 'rl-60s'), { paused: true, timeout: '50s', steps: 1 });
});

interface Forking {
  of?: RlRun;
  /** What is different in its stage, and in its recipe. */
  changes?: object;
  more?: object;
}

const fork = (step: number, { of = old, changes, more }: Forking = {}) =>
  opened.start(
    { ...curriculum(3), ...changes },
    { ...TASKS, forkFrom: { run: of.run, stage: 'rl-60s', step }, ...more },
  );

test('a fork from a step of RL takes policy, optimiser state and knobs, and goes on by its own recipe', async () => {
  opened.fake.table.endsAll = true;
  await opened.world.whileWorking(async () => {
    const run = await fork(1);
    const status = await run.handle.result();
    expect(status).toMatchObject({ state: 'completed', planned: 12, scored: 12, cost: { sandboxSeconds: 8 } });
    expect(opened.fake.table.asked.filter((line) => !line.startsWith('batch'))).toEqual([
      'serves rl-60s',
      'engines at rl-60s-1',
      'rl-60s-2 from rl-60s-1',
      'engines at rl-60s-2',
      'rl-60s-3 from rl-60s-2',
    ]);
    const [mine, theirs] = await Promise.all([run.report(), old.report()]);
    expect(mine.rl.steps).toHaveLength(3);
    expect(mine.rl.steps[0]).toEqual(theirs.rl.steps[0]);
    const state = await opened.world.store.read(`${keys.checkpoint(run.run, 'rl-60s-1')}/optimizer.pt`);
    expect(state.toString()).toBe('moments');
  });
});

test('a fork keeps the timeout that an operator had set, but not the pause', async () => {
  await opened.world.whileWorking(async () => {
    const run = await fork(1);
    await tasksOf(opened.fake, 2);
    expect(await opened.world.store.readJson(keys.knobs(run.run, 'rl-60s'))).toEqual({ paused: false, timeout: '50s' });
    opened.fake.table.endsAll = true;
    await run.handle.result();
  });
});

test.each<[string, Forking & { planned: number }]>([
  ['another seed', { more: { seed: 1 }, planned: 12 }],
  ['more tasks in a step', { changes: { tasksPerStep: 3 }, planned: 4 + 2 * 6 }],
  ['fewer tasks in a step', { changes: { tasksPerStep: 1 }, planned: 4 + 2 * 2 }],
])('a fork by a recipe with %s plays no round again that is done', async (_what, { planned, ...changes }) => {
  opened.fake.table.endsAll = true;
  await opened.world.whileWorking(async () => {
    const run = await fork(1, changes);
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned, scored: planned, cancelled: 0 });
    expect(opened.fake.table.played.filter((id) => id.startsWith('1.'))).toEqual([]);
  });
});

/** A run that plays rounds ahead: its first step was made of a group of the first round and one of the second. */
async function ahead(): Promise<RlRun> {
  const run = await opened.start({ maxStaleness: 1, ...curriculum(3) }, TASKS);
  const [one, two] = await tasksOf(opened.fake, 1);
  const [three] = await tasksOf(opened.fake, 2);
  opened.fake.end({ [`1.${one}.0`]: 0.1, [`2.${three}.0`]: 0.1, [`2.${three}.1`]: 0.2 });
  opened.fake.end({ [`1.${two}.0`]: 0.1, [`1.${two}.1`]: 0.2 });
  await eventually(() => opened.world.store.exists(keys.rlStep(run.run, 'rl-60s', 1)));
  await tasksOf(opened.fake, 3);
  await run.handle.terminate('the server was lost');
  await eventually(() => opened.fake.playing().length === 0);
  return run;
}

test('a fork takes nothing of the rounds that were in play, also where it is to be strictly on-policy', async () => {
  await opened.world.whileWorking(async () => {
    const of = await ahead();
    const played = opened.fake.table.played.length;
    opened.fake.table.endsAll = true;
    const run = await fork(1, { of, changes: { ...curriculum(2), maxStaleness: 0 } });
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 8, scored: 8, cancelled: 0 });
    expect(opened.fake.table.played.slice(played)).toHaveLength(4);
    expect((await run.report()).report.ledger).toEqual({ planned: 8, scored: 8, infraFailed: 0, cancelled: 0 });
  });
});

test('a run that resumes one which played ahead carries on what was scored, and trains each group once', async () => {
  await opened.world.whileWorking(async () => {
    const of = await ahead();
    const [played, asked] = [opened.fake.table.played.length, opened.fake.table.asked.length];
    opened.fake.table.endsAll = true;
    const run = await opened.start({ maxStaleness: 1, ...curriculum(3) }, { ...TASKS, resumeFrom: of.run });
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 12, scored: 12, cancelled: 0 });
    expect(opened.fake.table.played.slice(played)).toHaveLength(12 - 5);
    const batches = opened.fake.table.asked
      .filter((line) => line.startsWith('batch'))
      .flatMap((line) => line.split(' ').slice(2));
    expect(new Set(batches).size).toBe(6);
    expect(opened.fake.table.asked.slice(asked).filter((line) => line.startsWith('rl-60s-1'))).toEqual([]);
  });
});

test('a fork that is begun again keeps what it has done itself', async () => {
  await opened.world.whileWorking(async () => {
    const run = await fork(1);
    const [one, two] = await tasksOf(opened.fake, 2);
    opened.fake.end({ [`2.${one}.0`]: 0.1, [`2.${one}.1`]: 0.2, [`2.${two}.0`]: 0.1, [`2.${two}.1`]: 0.2 });
    await tasksOf(opened.fake, 3);
    const plan = await opened.world.store.readJson(keys.rlPlan(run.run, 'rl-60s', 2));
    await run.handle.terminate('the server was lost');
    await eventually(() => opened.fake.playing().length === 0);
    opened.fake.table.endsAll = true;
    const again = await opened.again(run, curriculum(3), {
      ...TASKS,
      forkFrom: { run: old.run, stage: 'rl-60s', step: 1 },
    });
    await again.handle.result();
    expect(await opened.world.store.readJson(keys.rlPlan(run.run, 'rl-60s', 2))).toEqual(plan);
    expect(opened.fake.table.asked.filter((line) => line.startsWith('rl-60s-2'))).toHaveLength(1);
  });
});

const refusal = async (step: number, of = old): Promise<string> =>
  (await fork(step, { of })).handle.result().then(
    () => 'none',
    ({ cause }: { cause: { type: string; message: string } }) => `${cause.type}: ${cause.message}`,
  );

test('a fork from a step that was never done is refused in a sentence', async () => {
  await opened.world.whileWorking(async () => {
    expect(await refusal(9)).toBe(`InvalidInput: forkFrom.step: stage "rl-60s" of run "${old.run}" has done no step 9`);
  });
});

test('a fork from a step whose weights were given up is refused in a sentence', async () => {
  await opened.world.whileWorking(async () => {
    const of = await stripped();
    expect(await refusal(1, of)).toBe(
      `InvalidInput: forkFrom.step: the weights of checkpoint rl-60s-1 of run "${of.run}", which step 1 left, are not there any more`,
    );
  });
});

/** A run of whose first step retention has left the checkpoint's manifest alone. */
async function stripped(): Promise<RlRun> {
  opened.fake.table.endsAll = true;
  const run = await opened.start({}, TASKS);
  await run.handle.result();
  const manifest = await opened.world.store.writeJson(`${keys.checkpoint(run.run, 'rl-60s-1')}/manifest.json`, {
    name: 'rl-60s-1',
    files: { 'model.safetensors': {} },
  });
  const step = keys.rlStep(run.run, 'rl-60s', 1);
  await opened.world.store.writeJson(step, {
    ...((await opened.world.store.readJson(step)) as object),
    manifestSha256: manifest.sha256,
  });
  return run;
}
