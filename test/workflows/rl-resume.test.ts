import { expect, test } from '@jest/globals';
import { keys } from '../../core/names.ts';
import { eventually } from '../support/eventually.ts';
import type { RunStatus } from '../../core/status.ts';
import { rlTests, rlRecipe, tasksOf, type RlRun } from '../support/rl-world.ts';

const opened = rlTests();

const CHANGES = { concurrency: 3, curriculum: [{ timeout: '60s', steps: 3 }] };
const [init, rl] = rlRecipe(CHANGES)['stages'] as object[];
/** The policy that RL leaves is evaluated, which may be cut. */
const EVALUATED = {
  stages: [init, rl, { type: 'evaluate', policies: ['rl-60s'], rolloutsPerTask: 1, timeout: '100s' }],
};

const isRl = (line: string): boolean => line.startsWith('batch') || line.startsWith('rl-60s-');

/** Ends the rollouts of a step as soon as they play. */
async function endStep(step: number): Promise<void> {
  const tasks = await tasksOf(opened.fake, step);
  for (const task of tasks) opened.fake.end({ [`${step}.${task}.0`]: 0.1, [`${step}.${task}.1`]: 0.3 });
}

async function terminated({ handle }: RlRun): Promise<void> {
  await handle.terminate('the server was lost');
  await eventually(() => opened.fake.playing().length === 0);
}

/** A run whose stage of RL was tuned and has ended, cut while its policy is evaluated. */
async function tuned(): Promise<RlRun> {
  const run = await opened.start({}, EVALUATED);
  await eventually(() => opened.fake.playing().length === 3);
  await run.decide('tune', { concurrency: 4, steps: 2 });
  await endStep(1);
  await endStep(2);
  await eventually(() => opened.fake.playing().some((id) => id.startsWith('heldout.')));
  await terminated(run);
  return run;
}

test('a stage that was tuned while it ran is finished all the same: neither the run itself nor one that resumes it does it again', async () => {
  await opened.world.whileWorking(async () => {
    const old = await tuned();
    const asked = opened.fake.table.asked.length;
    opened.fake.table.endsAll = true;
    const again = await opened.again(old, {}, EVALUATED);
    expect(await again.handle.result()).toMatchObject({ state: 'completed' });
    const resumed = await opened.start({}, { ...EVALUATED, resumeFrom: old.run });
    expect(await resumed.handle.result()).toMatchObject({ state: 'completed' });
    expect(opened.fake.table.asked.slice(asked).filter(isRl)).toEqual([]);
    expect((await resumed.report()).rl.steps).toHaveLength(2);
  });
});

test('one that resumes a run which was cut in a stage of RL goes on after its last step, with the rollouts that were scored', async () => {
  await opened.world.whileWorking(async () => {
    const old = await opened.start();
    await endStep(1);
    const [one] = await tasksOf(opened.fake, 2);
    opened.fake.end({ [`2.${one}.0`]: 0.5 });
    await eventually(() => opened.world.store.exists(keys.record(`${old.run}.rl-60s.2.${one}.0`)));
    await terminated(old);
    const [asked, played] = [opened.fake.table.asked.length, opened.fake.table.played.length];
    opened.fake.table.endsAll = true;
    const run = await opened.start({}, { resumeFrom: old.run });
    const status = (await run.handle.result()) as RunStatus;

    expect(status).toMatchObject({ state: 'completed', planned: 8, scored: 8, cancelled: 0 });
    expect(opened.fake.table.asked.slice(asked).filter((line) => line.startsWith('rl-60s-'))).toEqual([
      'rl-60s-2 from rl-60s-1',
    ]);
    const again = opened.fake.table.played.slice(played);
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
  await opened.world.whileWorking(async () => {
    const two = {
      curriculum: [
        { timeout: '60s', steps: 9 },
        { timeout: '90s', steps: 1 },
      ],
    };
    const old = await opened.start(two);
    await tasksOf(opened.fake, 1);
    await old.decide('skip', { stage: 'rl-60s' });
    opened.fake.table.endsAll = true;
    await old.handle.result();
    const asked = opened.fake.table.asked.length;
    const run = await opened.start(two, { resumeFrom: old.run });
    await run.handle.result();
    expect(opened.fake.table.asked.slice(asked)).toEqual([]);
    const { stages, cost } = (await run.report()).report;
    expect(stages.map(({ name, state, reusedFrom }) => [name, state, reusedFrom])).toEqual([
      ['untrained', 'completed', old.run],
      ['rl-60s', 'skipped', old.run],
      ['rl-90s', 'completed', old.run],
    ]);
    expect(cost.sandboxSeconds).toBe(0);
  });
});
