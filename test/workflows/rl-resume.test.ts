import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import type { fakeRl } from '../support/fake-rl.ts';
import { openRlWorld, rlRecipe, tasksOf, type RlRun } from '../support/rl-world.ts';
import type { World } from '../support/workflows.ts';

let opened: Awaited<ReturnType<typeof openRlWorld>>;
let fake: ReturnType<typeof fakeRl>;
let world: World;
beforeAll(async () => {
  opened = await openRlWorld();
  ({ world } = opened);
});
afterAll(() => world.close());
beforeEach(() => {
  fake = opened.renew();
});

const CHANGES = { concurrency: 3, curriculum: [{ timeout: '60s', steps: 3 }] };
const [init, rl] = rlRecipe(CHANGES)['stages'] as object[];
/** The policy that RL leaves is evaluated, which may be cut. */
const EVALUATED = {
  stages: [init, rl, { type: 'evaluate', policies: ['rl-60s'], rolloutsPerTask: 1, timeout: '100s' }],
};

const isRl = (line: string): boolean => line.startsWith('batch') || line.startsWith('rl-60s-');

/** Ends the rollouts of a step as soon as they play. */
async function endStep(step: number): Promise<void> {
  const tasks = await tasksOf(fake, step);
  for (const task of tasks) fake.end({ [`${step}.${task}.0`]: 0.1, [`${step}.${task}.1`]: 0.3 });
}

async function terminated({ handle }: RlRun): Promise<void> {
  await handle.terminate('the server was lost');
  await eventually(() => fake.playing().length === 0);
}

/** A run whose stage of RL was tuned and has ended, cut while its policy is evaluated. */
async function tuned(): Promise<RlRun> {
  const run = await opened.start({}, EVALUATED);
  await eventually(() => fake.playing().length === 3);
  await run.decide('tune', { concurrency: 4, steps: 2 });
  await endStep(1);
  await endStep(2);
  await eventually(() => fake.playing().some((id) => id.startsWith('heldout.')));
  await terminated(run);
  return run;
}

test('a stage that was tuned while it ran is finished all the same: neither the run itself nor one that resumes it does it again', async () => {
  await world.whileWorking(async () => {
    const old = await tuned();
    const asked = fake.table.asked.length;
    fake.table.endsAll = true;
    const again = await opened.again(old, {}, EVALUATED);
    expect(await again.handle.result()).toMatchObject({ state: 'completed' });
    const resumed = await opened.start({}, { ...EVALUATED, resumeFrom: old.run });
    expect(await resumed.handle.result()).toMatchObject({ state: 'completed' });
    expect(fake.table.asked.slice(asked).filter(isRl)).toEqual([]);
    expect((await resumed.report()).rl.steps).toHaveLength(2);
  });
});
