import { beforeEach, test } from '@jest/globals';
import { keys } from '../../core/names.ts';
import { eventually } from '../support/eventually.ts';
import { rlTests, tasksOf, type RlRun } from '../support/rl-world.ts';
import { record } from '../support/recording.ts';

/** Records stages of RL that go on with what was done: a part of `npm run record-histories`. */
/** Holds up the looking for where a stage stands. */
let hold = false;
beforeEach(() => void (hold = false));
const rl = rlTests({
  around: ({ openRlStage }) => ({
    async openRlStage(input) {
      await eventually(() => !hold);
      return openRlStage(input);
    },
  }),
});

const CHANGES = { tasksPerStep: 1 };
const TASKS = { tasks: { type: 'micropapers', train: 4, heldout: 1 } };
const stop = async ({ handle }: RlRun): Promise<void> => {
  await handle.terminate('the server was lost');
  await eventually(() => rl.fake.playing().length === 0);
};

/** A run that is cut in its second step. */
async function cut(): Promise<RlRun> {
  const run = await rl.start(CHANGES, TASKS);
  const [one] = await tasksOf(rl.fake, 1, 1);
  rl.fake.end({ [`1.${one}.0`]: 0.1, [`1.${one}.1`]: 0.2 });
  await tasksOf(rl.fake, 2, 1);
  return run;
}

/** Its stage alone was ended by force, so that its rollouts play on; one of them says that it has ended too early. */
test('rl-again', () =>
  record(rl.world, 'rl-again', async () => {
    const run = await cut();
    const [one] = await tasksOf(rl.fake, 2, 1);
    await run.stage.terminate('the server was lost');
    await eventually(async () => (await run.status()).state === 'parked');
    hold = true;
    await run.decide('resume');
    await eventually(async () => (await run.stage.describe()).status.name === 'RUNNING');
    rl.fake.end({ [`2.${one}.0`]: 0.1 });
    await eventually(() => rl.world.store.exists(keys.record(`${run.run}.rl-60s.2.${one}.0`)));
    await eventually(async () => (await run.rollout(`2.${one}.0`).describe()).status.name === 'COMPLETED');
    hold = false;
    rl.fake.table.endsAll = true;
    await run.handle.result();
    return { run: run.run };
  }));

test('rl-begun-again', () =>
  record(rl.world, 'rl-begun-again', async () => {
    const run = await cut();
    await stop(run);
    rl.fake.table.endsAll = true;
    const again = await rl.again(run, CHANGES, TASKS);
    await again.handle.result();
    return { run: run.run };
  }));

test('rl-resumed', () =>
  record(rl.world, 'rl-resumed', async () => {
    const old = await cut();
    await stop(old);
    rl.fake.table.endsAll = true;
    const { run, handle } = await rl.start(CHANGES, { ...TASKS, resumeFrom: old.run });
    await handle.result();
    return { run };
  }));

test('rl-forked', () =>
  record(rl.world, 'rl-forked', async () => {
    const old = await cut();
    await stop(old);
    rl.fake.table.endsAll = true;
    const forkFrom = { run: old.run, stage: 'rl-60s', step: 1 };
    const { run, handle } = await rl.start(CHANGES, { ...TASKS, forkFrom, seed: 1 });
    await handle.result();
    return { run };
  }));

/** The checkpoint of its first step is not the one that the step made. */
test('rl-refused', () =>
  record(rl.world, 'rl-refused', async () => {
    const run = await cut();
    await stop(run);
    await rl.world.store.writeJson(`${keys.checkpoint(run.run, 'rl-60s-1')}/manifest.json`, { name: 'another' });
    const again = await rl.again(run, CHANGES, TASKS);
    await eventually(async () => (await again.status()).state === 'parked');
    await again.decide('abort');
    await again.handle.result().catch(() => undefined);
    return { run: run.run };
  }));
