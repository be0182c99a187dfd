import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { endOrphans } from '../../activities/janitor/end-orphans.ts';
import { eventually } from '../support/eventually.ts';
import { rlTests, tasksOf } from '../support/rl-world.ts';

const opened = rlTests();

const end = (run: string, graceMs?: number): Promise<number> =>
  new MockActivityEnvironment({}, { client: opened.world.client }).run(() => endOrphans(run, graceMs));

test('rollouts of RL whose stage and run were ended by force are cancelled once the run has been over for a while', async () => {
  await opened.world.whileWorking(async () => {
    const { fake } = opened;
    const run = await opened.start({ maxStaleness: 1 });
    await tasksOf(fake, 2);
    await run.stage.terminate('the server was lost');
    await eventually(async () => (await run.status()).state === 'parked');
    expect(await end(run.run, 0)).toBe(0); // its operator may go on with it
    await run.handle.terminate('nobody goes on with it');
    expect(await end(run.run)).toBe(0); // it has only just ended
    await eventually(async () => (await run.open()).length === 8);
    expect(await end(run.run, 0)).toBe(8);
    await eventually(async () => (await run.open()).length === 0);
    expect(fake.playing()).toEqual([]);
  });
});

test('rollouts of a run that the server has forgotten are looked for as well', async () => {
  expect(await end('nobody-knows-it')).toBe(0);
});
