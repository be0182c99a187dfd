import { expect, test } from '@jest/globals';
import { keys } from '../../core/names.ts';
import { eventually } from '../support/eventually.ts';
import { rlTests, tasksOf } from '../support/rl-world.ts';

const opened = rlTests();
const start = (changes?: object) => opened.start(changes);

test('a stage syncs the engines, trains each batch from the last checkpoint and leaves one of its own name', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start();
    opened.fake.table.endsAll = true;
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 8, scored: 8 });
    expect(opened.fake.table.asked.filter((line) => !line.startsWith('batch'))).toEqual([
      'untrained from null',
      'serves rl-60s',
      'engines at untrained',
      'rl-60s-1 from untrained',
      'engines at rl-60s-1',
      'rl-60s-2 from rl-60s-1',
    ]);
    const { rl } = await run.report();
    expect(rl).toMatchObject({ timeout: '60s', from: 'untrained', endedBy: 'steps', maxStaleness: 0 });
    expect(rl.steps.map(({ step, checkpoint, trained }) => ({ step, checkpoint, trained }))).toEqual([
      { step: 1, checkpoint: 'rl-60s-1', trained: true },
      { step: 2, checkpoint: 'rl-60s-2', trained: true },
    ]);
    expect(rl.steps[0]).toMatchObject({
      score: { n: 4, mean: 0.05 },
      ends: { submitted: 4 },
      groups: { count: 2, flat: 0 },
      metrics: { kl: 0.1 },
    });
    const left = await opened.world.store.readJson(`${keys.checkpoint(run.run, 'rl-60s')}/manifest.json`);
    expect(left).toEqual({ name: 'rl-60s-2' });
  });
});

test('a batch whose groups are all flat is skipped: the step counts, the checkpoint stays', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start();
    const [one, two] = await tasksOf(opened.fake, 1);
    opened.fake.end({ [`1.${one}.0`]: 0, [`1.${one}.1`]: 0, [`1.${two}.0`]: 1, [`1.${two}.1`]: 1 });
    await tasksOf(opened.fake, 2);
    opened.fake.table.endsAll = true;
    await run.handle.result();
    expect(opened.fake.table.asked).toContain('rl-60s-2 from untrained');
    const { rl } = await run.report();
    expect(rl.steps[0]).toMatchObject({ checkpoint: 'untrained', trained: false, groups: { count: 2, flat: 2 } });
  });
});

test('a report that comes twice, late, or for nobody counts once', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start();
    const [one, two] = await tasksOf(opened.fake, 1);
    opened.fake.end({ [`1.${one}.0`]: 0.1 });
    await eventually(async () => (await run.stageStatus()).scored === 1);
    await run.stage.signal('rolloutEnded', run.told(`1.${one}.0`, 'scored'));
    await run.stage.signal('rolloutEnded', run.told(`1.${one}.0`, 'infra-failed'));
    await run.stage.signal('rolloutEnded', run.told(`1.${one}.7`, 'scored'));
    expect(await run.stageStatus()).toMatchObject({ scored: 1, infraFailed: 0, inFlight: 3 });
    opened.fake.end({ [`1.${one}.1`]: 0.2, [`1.${two}.0`]: 0.3, [`1.${two}.1`]: 0.4 });
    await tasksOf(opened.fake, 2);
    await run.stage.signal('rolloutEnded', run.told(`1.${two}.1`, 'scored'));
    opened.fake.table.endsAll = true;
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 8, scored: 8 });
  });
});

test('a rollout that is lost is replaced alone, by the next free number, and stays in the ledger', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start({ curriculum: [{ timeout: '60s', steps: 1 }] });
    const [one, two] = await tasksOf(opened.fake, 1);
    opened.fake.end({ [`1.${one}.1`]: 'fails', [`1.${one}.0`]: 0.1, [`1.${two}.0`]: 0.3, [`1.${two}.1`]: 0.4 });
    await eventually(() => opened.fake.playing().join() === `1.${one}.2`);
    opened.fake.end({ [`1.${one}.2`]: 0.2 });
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 5, scored: 4, infraFailed: 1 });
    expect((await run.report()).rl.steps[0]).toMatchObject({ lost: 1, score: { n: 4 } });
  });
});

test('one that died without a word is found by looking, and replaced', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start({ curriculum: [{ timeout: '60s', steps: 1 }], lookAfter: '2s' });
    const [one] = await tasksOf(opened.fake, 1);
    await run.rollout(`1.${one}.0`).terminate('by hand');
    await eventually(() => opened.fake.playing().includes(`1.${one}.2`));
    opened.fake.table.endsAll = true;
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 5, scored: 4, infraFailed: 1 });
  });
});

test('one whose word was lost is found by its record', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start({ curriculum: [{ timeout: '60s', steps: 1 }], lookAfter: '2s' });
    const [one] = await tasksOf(opened.fake, 1);
    const place = { run: run.run, stage: 'rl-60s', step: '1', task: one ?? '', member: 0 };
    await run.rollout(`1.${one}.0`).terminate('after its record was written');
    await opened.fake.record(place, 0.7);
    await eventually(async () => (await run.stageStatus()).scored === 1);
    opened.fake.table.endsAll = true;
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 4, scored: 4, infraFailed: 0 });
  });
});

test('with carry-over, slots stay full while the policy is trained, and what is in flight plays on into the next step', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start({ maxStaleness: 1, curriculum: [{ timeout: '60s', steps: 3 }] });
    const [one, two] = await tasksOf(opened.fake, 1);
    const [three, four] = await tasksOf(opened.fake, 2);
    opened.fake.table.training = true;
    opened.fake.end({ [`2.${three}.0`]: 0.1, [`2.${three}.1`]: 0.2, [`1.${two}.0`]: 0.1, [`1.${two}.1`]: 0.2 });
    await eventually(() => opened.fake.table.asked.includes('rl-60s-1 from untrained'));
    expect(opened.fake.table.asked).toContain(`batch 1: 1.${two} 2.${three}`);
    const left = [`1.${one}.0`, `1.${one}.1`, `2.${four}.0`, `2.${four}.1`].toSorted();
    await eventually(() => opened.fake.playing().join() === left.join());
    const execution = (await run.stage.describe()).runId;
    opened.fake.table.training = false;
    await tasksOf(opened.fake, 3);
    expect((await run.stage.describe()).runId).not.toBe(execution);
    await eventually(() => opened.fake.playing().length === 8);
    opened.fake.end({ [`1.${one}.0`]: 0.1, [`1.${one}.1`]: 0.3 });
    opened.fake.table.endsAll = true;
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 12, scored: 12 });
    const batches = opened.fake.table.asked
      .filter((line) => line.startsWith('batch'))
      .flatMap((line) => line.split(' ').slice(2));
    expect(new Set(batches).size).toBe(6);
    expect(batches).toHaveLength(6);
  });
});

test('what a step leaves in its history stays far below 600 events for 64 rollouts', async () => {
  await opened.world.whileWorking(async () => {
    const run = await start({ curriculum: [{ timeout: '60s', steps: 1 }], rolloutsPerTask: 32 });
    await eventually(() => opened.fake.playing().length > 0);
    opened.fake.table.endsAll = true;
    await run.handle.result();
    const { events } = await run.stage.fetchHistory();
    expect(events?.length).toBeLessThanOrEqual(600);
  });
});
