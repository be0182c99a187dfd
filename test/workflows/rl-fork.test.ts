import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { keys } from '../../core/names.ts';
import { openRlWorld, type RlRun } from '../support/rl-world.ts';

let opened: Awaited<ReturnType<typeof openRlWorld>>;
let old: RlRun;
beforeAll(async () => {
  opened = await openRlWorld();
  const { world } = opened;
  opened.renew().table.endsAll = true;
  await world.whileWorking(async () => {
    old = await opened.start();
    await old.handle.result();
  });
  await world.store.write(`${keys.checkpoint(old.run, 'rl-60s-1')}/optimizer.pt`, 'moments');
  await world.store.writeJson(keys.knobs(old.run, 'rl-60s'), { paused: false, timeout: '50s' });
});
afterAll(() => opened.world.close());

const fork = (step: number) =>
  opened.start({ curriculum: [{ timeout: '60s', steps: 3 }] }, { forkFrom: { run: old.run, stage: 'rl-60s', step } });

test('a fork from a step of RL takes policy, optimiser state and knobs, and goes on by its own recipe', async () => {
  const { world } = opened;
  const fake = opened.renew();
  fake.table.endsAll = true;
  await world.whileWorking(async () => {
    const run = await fork(1);
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 12, scored: 12 });
    expect(fake.table.asked.filter((line) => !line.startsWith('batch'))).toEqual([
      'serves rl-60s',
      'engines at rl-60s-1',
      'rl-60s-2 from rl-60s-1',
      'engines at rl-60s-2',
      'rl-60s-3 from rl-60s-2',
    ]);
    const [mine, theirs] = await Promise.all([run.report(), old.report()]);
    expect(mine.rl.steps).toHaveLength(3);
    expect(mine.rl.steps[0]).toEqual(theirs.rl.steps[0]);
    const state = await world.store.read(`${keys.checkpoint(run.run, 'rl-60s-1')}/optimizer.pt`);
    expect(state.toString()).toBe('moments');
    expect(await world.store.readJson(keys.knobs(run.run, 'rl-60s'))).toMatchObject({ timeout: '50s' });
  });
});

test('a fork from a step that was never done is refused in a sentence', async () => {
  opened.renew();
  await opened.world.whileWorking(async () => {
    await expect((await fork(9)).handle.result()).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message: `forkFrom.step: stage "rl-60s" of run "${old.run}" has done no step 9` },
    });
  });
});
