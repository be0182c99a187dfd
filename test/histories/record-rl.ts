import { test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { rlTests, rlRecipe, tasksOf, type RlRun } from '../support/rl-world.ts';
import { record } from '../support/recording.ts';

/** Records stages of RL and what an operator does to them: a part of `npm run record-histories`. */
const rl = rlTests();

/** Plays one task a step, if nothing else is said; its two rollouts end when the play says so. */
const play = (path: string, changes: object, body: (run: RlRun) => Promise<void>) =>
  record(rl.world, path, async () => {
    const run = await rl.start({ tasksPerStep: 1, ...changes });
    await body(run);
    await run.handle.result().catch(() => undefined);
    return { run: run.run };
  });
const steps = (count: number) => ({ curriculum: [{ timeout: '60s', steps: count }] });
/** Ends both rollouts of each of some tasks. */
const end = (step: number, tasks: readonly string[]) => {
  for (const task of tasks) rl.fake.end({ [`${step}.${task}.0`]: 0.1, [`${step}.${task}.1`]: 0.2 });
};

test('rl', () =>
  play('rl', {}, async () => {
    rl.fake.table.endsAll = true;
  }));

test('rl-alongside', () =>
  record(rl.world, 'rl-alongside', async () => {
    rl.fake.table.endsAll = true;
    const [init, trained] = rlRecipe({ tasksPerStep: 1, ...steps(1) })['stages'] as object[];
    const evaluate = {
      type: 'evaluate',
      policies: ['untrained'],
      rolloutsPerTask: 1,
      timeout: '100s',
      alongside: true,
    };
    const { run, handle } = await rl.start({}, { stages: [init, evaluate, trained] });
    await handle.result();
    return { run };
  }));

test('rl-outside', () =>
  record(rl.world, 'rl-outside', async () => {
    rl.fake.table.endsAll = true;
    const changes = { tasksPerStep: 1, ...steps(1) };
    const server = { type: 'sglang', url: ['http://a.internal:30000'], model: 'student' };
    const student = { ...(rlRecipe()['student'] as object), server };
    const { run, handle } = await rl.start(changes, { student });
    await handle.result();
    return { run };
  }));

/** A machine fails and is replaced, and a rollout plays on from the first step into the second. */
test('rl-carried', () =>
  play('rl-carried', { tasksPerStep: 2, maxStaleness: 1 }, async () => {
    const [one = '', two = ''] = await tasksOf(rl.fake, 1);
    const [three = ''] = await tasksOf(rl.fake, 2);
    rl.fake.end({ [`1.${one}.0`]: 'fails' });
    end(1, [two]);
    end(2, [three]);
    await eventually(() => rl.fake.table.asked.includes('engines at rl-60s-1'));
    rl.fake.table.endsAll = true;
  }));

test('rl-flat', () =>
  play('rl-flat', steps(1), async () => {
    const [one = ''] = await tasksOf(rl.fake, 1, 1);
    rl.fake.end({ [`1.${one}.0`]: 0, [`1.${one}.1`]: 0 });
  }));

/** Limits change, it is paused, and a rollout dies without a word. */
test('rl-tuned', () =>
  play('rl-tuned', { ...steps(3), concurrency: 1, lookAfter: '2s' }, async (run) => {
    const [one = ''] = await tasksOf(rl.fake, 1, 1);
    await run.decide('tune', { timeout: '90s', concurrency: 2, steps: 1 });
    await eventually(() => rl.fake.playing().length === 2);
    await run.decide('pause');
    await eventually(async () => (await run.stageStatus()).state === 'paused');
    await run.decide('resume');
    await run.rollout(`1.${one}.0`).terminate('by hand');
    await eventually(() => rl.fake.playing().includes(`1.${one}.2`));
    rl.fake.table.endsAll = true;
  }));

test('rl-aborted', () =>
  play('rl-aborted', {}, async (run) => {
    await tasksOf(rl.fake, 1, 1);
    await run.decide('abort');
  }));

test('rl-skipped', () =>
  play('rl-skipped', {}, async (run) => {
    end(1, await tasksOf(rl.fake, 1, 1));
    await tasksOf(rl.fake, 2, 1);
    await run.decide('skip');
  }));

test('rl-approved', () =>
  play('rl-approved', steps(9), async (run) => {
    await tasksOf(rl.fake, 1, 1);
    await run.decide('approve', { stage: 'rl-60s', reason: 'good enough' });
    rl.fake.table.endsAll = true;
  }));

/** What is in flight then, of the next step, is cancelled. */
test('rl-ruled', () =>
  play('rl-ruled', { ...steps(9), maxStaleness: 1, ends: { cutShare: 0 } }, async () => {
    const tasks = await tasksOf(rl.fake, 1, 1);
    await tasksOf(rl.fake, 2, 1);
    end(1, tasks);
  }));
