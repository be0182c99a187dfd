import { expect, test } from '@jest/globals';
import type { RunStatus } from '../../core/status.ts';
import { rlTests, tasksOf } from '../support/rl-world.ts';

const opened = rlTests();

test.each([
  ['skip', 'completed'],
  ['abort', null],
])('a stage that goes on in another execution by now hears %s', async (decision, state) => {
  await opened.world.whileWorking(async () => {
    const { fake } = opened;
    const run = await opened.start({ curriculum: [{ timeout: '60s', steps: 9 }] });
    const [one, two] = await tasksOf(fake, 1);
    fake.end({ [`1.${one}.0`]: 0.1, [`1.${one}.1`]: 0.2, [`1.${two}.0`]: 0.1, [`1.${two}.1`]: 0.2 });
    await tasksOf(fake, 2);
    await run.decide(decision);
    const ended = (await run.handle.result().catch(() => ({ state: null }))) as Pick<RunStatus, 'state'>;
    expect(ended.state).toBe(state);
    expect((await run.report()).report.ledger).toEqual({ planned: 8, scored: 4, infraFailed: 0, cancelled: 4 });
    expect(await run.open()).toEqual([]);
  });
});
