import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { keys } from '../../core/names.ts';
import { eventually } from '../support/eventually.ts';
import type { fakeRl } from '../support/fake-rl.ts';
import type { RunStatus } from '../../core/status.ts';
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

test('one that resumes a run which was cut in a stage of RL goes on after its last step, with the rollouts that were scored', async () => {
  await world.whileWorking(async () => {
    const old = await opened.start();
    await endStep(1);
    const [one] = await tasksOf(fake, 2);
    fake.end({ [`2.${one}.0`]: 0.5 });
    await eventually(() => world.store.exists(keys.record(`${old.run}.rl-60s.2.${one}.0`)));
    await terminated(old);
    const [asked, played] = [fake.table.asked.length, fake.table.played.length];
    fake.table.endsAll = true;
    const run = await opened.start({}, { resumeFrom: old.run });
    const status = (await run.handle.result()) as RunStatus;

    expect(status).toMatchObject({ state: 'completed', planned: 8, scored: 8, cancelled: 0 });
    expect(fake.table.asked.slice(asked).filter((line) => line.startsWith('rl-60s-'))).toEqual([
      'rl-60s-2 from rl-60s-1',
    ]);
    const again = fake.table.played.slice(played);
    expect(again).toHaveLength(3);
    expect(again).not.toContain(`2.${one}.0`);
    const { report, rl } = await run.report();
    expect(rl.steps).toHaveLength(2);
    expect(report.notes).toContain(
      `Stage rl-60s took over 1 step and 5 rollouts of run ${old.run}, which cost this run nothing.`,
    );
    expect(report.cost.sandboxSeconds).toBe(3);
    expect(status.cost).toMatchObject({ sandboxSeconds: 3, gpuSeconds: 1 });
    expect(report.ledger).toEqual({ planned: 8, scored: 8, infraFailed: 0, cancelled: 0 });
  });
});

test('a stage of RL that a person had skipped stays skipped in a run that resumes, for what came of it is taken over too', async () => {
  await world.whileWorking(async () => {
    const two = {
      curriculum: [
        { timeout: '60s', steps: 9 },
        { timeout: '90s', steps: 1 },
      ],
    };
    const old = await opened.start(two);
    await tasksOf(fake, 1);
    await old.decide('skip', { stage: 'rl-60s' });
    fake.table.endsAll = true;
    await old.handle.result();
    const asked = fake.table.asked.length;
    const run = await opened.start(two, { resumeFrom: old.run });
    await run.handle.result();
    expect(fake.table.asked.slice(asked)).toEqual([]);
    const { stages, cost } = (await run.report()).report;
    expect(stages.map(({ name, state, reusedFrom }) => [name, state, reusedFrom])).toEqual([
      ['untrained', 'completed', old.run],
      ['rl-60s', 'skipped', old.run],
      ['rl-90s', 'completed', old.run],
    ]);
    expect(cost.sandboxSeconds).toBe(0);
  });
});
