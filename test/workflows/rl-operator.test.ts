import { expect, test } from '@jest/globals';
import { keys } from '../../core/names.ts';
import type { RunStatus } from '../../core/status.ts';
import { eventually } from '../support/eventually.ts';
import { rlTests, tasksOf } from '../support/rl-world.ts';

/** Holds up the writing of knobs. */
let hold: (() => Promise<void>) | undefined;
const opened = rlTests({
  around: ({ setKnobs }) => ({
    async setKnobs(input) {
      await hold?.();
      return setKnobs(input);
    },
  }),
});
const start = (changes?: object) => opened.start(changes);

test('an aborted run ends rollouts in flight too, and its ledger closes', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start({ maxStaleness: 1 });
    await tasksOf(opened.fake, 2);
    await run.decide('abort', { reason: 'enough' });
    await expect(run.handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
    expect(opened.fake.playing()).toEqual([]);
    const { report, rl } = await run.report();
    expect(report.ledger).toEqual({ planned: 8, scored: 0, infraFailed: 0, cancelled: 8 });
    expect(rl).toMatchObject({ endedBy: 'cancelled', steps: [] });
    expect(await run.open()).toEqual([]);
  });
});

test('a run that is aborted while a pause is still being written closes its ledger all the same', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start();
    await tasksOf(opened.fake, 1);
    const writing = new Promise<void>((begun) => {
      hold = async () => {
        begun();
        await eventually(() => hold === undefined);
      };
    });
    await run.decide('pause');
    await writing;
    await run.decide('abort', { reason: 'enough' });
    await eventually(() => opened.fake.playing().length === 0);
    hold = undefined;
    await expect(run.handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
    const { report, rl } = await run.report();
    expect(report.ledger).toEqual({ planned: 4, scored: 0, infraFailed: 0, cancelled: 4 });
    expect(rl).toMatchObject({ endedBy: 'cancelled' });
  });
});

test('a stage whose trainer fails parks, its rollouts let go, and resume goes on at its step', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start({ maxStaleness: 1, curriculum: [{ timeout: '60s', steps: 2 }] });
    const [one, two] = await tasksOf(opened.fake, 1);
    opened.fake.end({ [`1.${one}.0`]: 0.1, [`1.${one}.1`]: 0.2, [`1.${two}.0`]: 0.1, [`1.${two}.1`]: 0.2 });
    await eventually(() => opened.fake.table.asked.includes('rl-60s-1 from untrained'));
    opened.fake.table.broken = 'the loss is NaN';
    const [three] = await tasksOf(opened.fake, 2);
    opened.fake.end({ [`2.${three}.0`]: 0.5 });
    opened.fake.table.endsAll = true;
    await eventually(async () => (await run.status()).state === 'parked');
    expect((await run.status()).waitsFor).toContain('InvalidInput: the loss is NaN');
    expect(await opened.world.store.readJson(keys.knobs(run.run, 'rl-60s'))).toMatchObject({ paused: true });
    opened.fake.table.broken = undefined;
    await run.decide('resume');
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 8, scored: 8 });
    expect(opened.fake.table.asked.filter((line) => line.startsWith('rl-60s-1'))).toHaveLength(1);
    expect(opened.fake.table.asked.filter((line) => line.startsWith('rl-60s-2'))).toHaveLength(2);
    expect((await run.report()).rl.steps).toHaveLength(2);
  });
});

test.each([
  ['skip', 'completed'],
  ['abort', null],
])(
  'a parked stage is given up by %s: what waits ends, its ledger closes, its last checkpoint is left',
  async (decision, state) => {
    await opened.world.whileWorking(async () => {
      const run = await start({ maxStaleness: 1, curriculum: [{ timeout: '60s', steps: 3 }] });
      const [one, two] = await tasksOf(opened.fake, 1);
      const [three] = await tasksOf(opened.fake, 2);
      opened.fake.table.broken = 'the loss is NaN';
      opened.fake.end({ [`1.${one}.0`]: 0.1, [`1.${one}.1`]: 0.2, [`1.${two}.0`]: 0.1, [`1.${two}.1`]: 0.2 });
      await eventually(async () => (await run.status()).state === 'parked');
      opened.fake.end({ [`2.${three}.0`]: 0.5 });
      await eventually(() => opened.fake.playing().length === 3);
      await run.decide(decision);
      const ended = (await run.handle.result().catch(() => ({ state: null }))) as Pick<RunStatus, 'state'>;
      expect(ended.state).toBe(state);
      expect((await run.report()).report.ledger).toEqual({ planned: 8, scored: 5, infraFailed: 0, cancelled: 3 });
      expect(await run.open()).toEqual([]);
      expect(await opened.world.store.exists(`${keys.checkpoint(run.run, 'rl-60s')}/manifest.json`)).toBe(true);
    });
  },
);

test('a stage refuses a checkpoint that is older than its ledger', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start();
    await tasksOf(opened.fake, 1);
    const file = `${keys.checkpoint(run.run, 'rl-60s-1')}/manifest.json`;
    opened.fake.table.broken = 'stop here';
    opened.fake.table.endsAll = true;
    await eventually(async () => (await run.status()).state === 'parked');
    opened.fake.table.broken = undefined;
    await run.decide('resume');
    await eventually(() => opened.world.store.exists(keys.rlStep(run.run, 'rl-60s', 1)));
    await run.handle.result();
    await opened.world.store.writeJson(file, { name: 'another one' });
    await opened.world.store.remove(keys.rlStep(run.run, 'rl-60s', 2));
    await opened.world.store.remove(`${keys.stage(run.run, 'rl-60s')}/manifest.json`);
    const again = await opened.again(run);
    await eventually(async () => (await again.status()).state === 'parked');
    expect((await again.status()).waitsFor).toContain(
      'stage rl-60s has done step 1, but its checkpoint rl-60s-1 is not the one that this step made: ' +
        'it would start from one that is older than its ledger',
    );
    await again.decide('abort');
  });
});

test('a paused stage admits nothing, and goes on when it is told', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start();
    const [one, two] = await tasksOf(opened.fake, 1);
    await run.decide('pause');
    await eventually(async () => (await run.stageStatus()).state === 'paused');
    opened.fake.end({ [`1.${one}.0`]: 0.1, [`1.${one}.1`]: 0.2, [`1.${two}.0`]: 0.1, [`1.${two}.1`]: 0.2 });
    await eventually(() => opened.fake.table.asked.includes('engines at rl-60s-1'));
    expect(opened.fake.playing()).toEqual([]);
    await run.decide('resume');
    await tasksOf(opened.fake, 2);
    opened.fake.table.endsAll = true;
    expect(await run.handle.result()).toMatchObject({ state: 'completed', scored: 8 });
  });
});

test('tune changes timeout, concurrency and steps of the live stage, and is refused in a sentence', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start({ curriculum: [{ timeout: '60s', steps: 9 }], concurrency: 3 });
    await eventually(() => opened.fake.playing().length === 3);
    await expect(run.decide('tune', { timeout: '90' })).rejects.toMatchObject({
      cause: { message: 'timeout: must be a whole number and a unit, such as 90s, 15m, 2h or 7d (got "90")' },
    });
    await expect(run.decide('tune', {})).rejects.toMatchObject({
      cause: { message: expect.stringContaining('names nothing to change') as unknown },
    });
    const tuned = { timeout: '90s', concurrency: 4, steps: 1, reason: 'they are cut too early' };
    expect(await run.decide('tune', tuned)).toEqual({ state: 'running', stage: 'rl-60s' });
    await eventually(() => opened.fake.playing().length === 4);
    expect(await opened.world.store.readJson(keys.knobs(run.run, 'rl-60s'))).toEqual({
      paused: false,
      timeout: '90s',
      concurrency: 4,
      steps: 1,
    });
    opened.fake.table.endsAll = true;
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 4, scored: 4 });
    expect((await run.report()).rl).toMatchObject({ timeout: '90s', endedBy: 'steps' });
  });
});

test('what was tuned counts on when the stage is begun again', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start({ curriculum: [{ timeout: '60s', steps: 9 }], concurrency: 3 });
    await eventually(() => opened.fake.playing().length === 3);
    await run.decide('tune', { timeout: '90s', concurrency: 4, steps: 1 });
    await eventually(() => opened.fake.playing().length === 4);
    opened.fake.table.broken = 'the loss is NaN';
    opened.fake.table.endsAll = true;
    await eventually(async () => (await run.status()).state === 'parked');
    opened.fake.table.broken = undefined;
    await run.decide('resume');
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 4, scored: 4 });
    expect((await run.report()).rl).toMatchObject({ timeout: '90s', endedBy: 'steps' });
  });
});

test('a rule of the curriculum ends a stage, and what is in flight then is cancelled', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start({ maxStaleness: 1, curriculum: [{ timeout: '60s', steps: 9 }], ends: { cutShare: 0 } });
    const [one, two] = await tasksOf(opened.fake, 1);
    await tasksOf(opened.fake, 2);
    opened.fake.end({ [`1.${one}.0`]: 0.1, [`1.${one}.1`]: 0.2, [`1.${two}.0`]: 0.1, [`1.${two}.1`]: 0.2 });
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 8, scored: 4, cancelled: 4 });
    expect((await run.report()).rl).toMatchObject({ endedBy: 'cut-share' });
  });
});

test('an operator who approves of a stage ends it with the step that is being made', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start({ curriculum: [{ timeout: '60s', steps: 9 }] });
    await tasksOf(opened.fake, 1);
    await run.decide('approve', { stage: 'rl-60s', reason: 'good enough' });
    opened.fake.table.endsAll = true;
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 4, scored: 4 });
    expect((await run.report()).rl).toMatchObject({ endedBy: 'approved' });
  });
});

test('a second approval of a gate that is passed does not end the stage behind it, unless that is said', async () => {
  await opened.world.whileWorking(async () => {
    const run = await opened.start({ curriculum: [{ timeout: '60s', steps: 9 }] }, { approve: { before: ['rl-60s'] } });
    await eventually(async () => (await run.status()).state === 'waiting');
    await run.decide('approve', { stage: 'rl-60s' });
    await tasksOf(opened.fake, 1);
    await expect(run.decide('approve', { stage: 'rl-60s' })).rejects.toMatchObject({
      cause: {
        message:
          'stage rl-60s is approved already and runs; {"stage":"rl-60s","when":"running"} tells it that it has done enough',
      },
    });
    await run.decide('approve', { stage: 'rl-60s', when: 'running' });
    opened.fake.table.endsAll = true;
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 4, scored: 4 });
  });
});
