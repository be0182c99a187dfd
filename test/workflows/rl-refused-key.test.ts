import { expect, test } from '@jest/globals';
import { keys } from '../../core/names.ts';
import { eventually } from '../support/eventually.ts';
import { rlTests, tasksOf, type RlRun } from '../support/rl-world.ts';

const REFUSAL = 'the provider refuses the key in JUDGE_KEY (401: invalid x-api-key); mend it, then resume';

const opened = rlTests();

const parked = (run: RlRun): Promise<void> => eventually(async () => (await run.status()).state === 'parked');
const allOf = (step: number, [one, two]: string[]): string[] =>
  [one, two].flatMap((task) => [`${step}.${task}.0`, `${step}.${task}.1`]);
const hasRecord = ({ run }: RlRun, id: string): Promise<boolean> =>
  opened.world.store.exists(keys.record(`${run}.rl-60s.${id}`));

/** A run whose first rollout met a refusal, and another of its rollouts, which plays on. */
async function parkedByRefusal(): Promise<{ run: RlRun; late: string }> {
  const run = await opened.start();
  const [first = '', late = ''] = allOf(1, await tasksOf(opened.fake, 1));
  opened.fake.table.refuses = REFUSAL;
  opened.fake.end({ [first]: 0.1 });
  await parked(run);
  return { run, late };
}

async function hasSignal(workflowId: string, name: string): Promise<boolean> {
  const { events } = await opened.world.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).some((event) => event.workflowExecutionSignaledEventAttributes?.signalName === name);
}

test('a key that is refused parks a stage of RL with a clear word, and once it is mended every rollout goes on', async () => {
  await opened.world.whileWorking(async () => {
    const run = await opened.start();
    const rollouts = allOf(1, await tasksOf(opened.fake, 1));
    opened.fake.table.refuses = REFUSAL;
    opened.fake.end({ [rollouts[0] ?? '']: 0.1 });
    await parked(run);
    expect((await run.status()).waitsFor).toBe(
      `stage rl-60s failed (ProviderRefused: ${REFUSAL}); waits for resume, skip or abort`,
    );
    // What is in flight then meets the same, and waits as well.
    opened.fake.end({ [rollouts[1] ?? '']: 0.2, [rollouts[2] ?? '']: 0.3, [rollouts[3] ?? '']: 0.4 });
    await eventually(() => rollouts.every((id) => opened.fake.table.judged.includes(id)));
    expect(await Promise.all(rollouts.map((id) => hasRecord(run, id)))).toEqual([false, false, false, false]);
    expect((await run.open()).toSorted()).toEqual(rollouts.map((id) => `${run.run}.rl-60s.${id}`).toSorted());

    opened.fake.table.refuses = undefined;
    opened.fake.table.endsAll = true;
    await run.decide('resume');
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 8, scored: 8, infraFailed: 0 });
    expect(opened.fake.table.played.toSorted()).toEqual([...new Set(opened.fake.table.played)].toSorted());
  });
});

test('a refusal that is still under way when the key is mended neither parks the stage again nor waits for another resume', async () => {
  await opened.world.whileWorking(async () => {
    const { run, late } = await parkedByRefusal();
    opened.fake.table.refusing = true;
    opened.fake.end({ [late]: 0.2 });
    await eventually(() => opened.fake.table.judged.includes(late));

    opened.fake.table.refuses = undefined;
    await run.decide('resume');
    await eventually(() => hasSignal(`${run.run}.rl-60s.${late}`, 'resume'));
    opened.fake.table.refusing = false;
    opened.fake.table.endsAll = true;
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 8, scored: 8, infraFailed: 0 });
  });
});

test('a refusal of before the key was mended that the stage hears after it was begun again does not park it again', async () => {
  await opened.world.whileWorking(async () => {
    const { run, late } = await parkedByRefusal();
    const { runId: stageRun } = await run.stage.describe();

    opened.fake.table.refuses = undefined;
    await run.decide('resume');
    await eventually(async () => (await run.stage.describe()).runId !== stageRun);
    const rollout = `${run.run}.rl-60s.${late}`;
    await run.stage.signal('rolloutRefused', { rollout, why: REFUSAL, stageRun });
    opened.fake.table.endsAll = true;
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 8, scored: 8, infraFailed: 0 });
  });
});

test('a refusal while the policy is trained parks the stage after its step: nobody waits for a word that does not come', async () => {
  await opened.world.whileWorking(async () => {
    const run = await opened.start({ maxStaleness: 1 });
    const first = allOf(1, await tasksOf(opened.fake, 1));
    const [later = ''] = allOf(2, await tasksOf(opened.fake, 2));
    opened.fake.table.training = true;
    opened.fake.end(Object.fromEntries(first.map((id, index) => [id, index / 10])));
    await eventually(() => opened.fake.table.asked.includes('rl-60s-1 from untrained'));
    opened.fake.table.refuses = REFUSAL;
    opened.fake.end({ [later]: 0.1 });
    await eventually(() => hasSignal(run.stage.workflowId, 'rolloutRefused'));
    opened.fake.table.training = false;
    await parked(run);
    expect((await run.status()).waitsFor).toContain('ProviderRefused');
    expect(await opened.world.store.exists(keys.rlStep(run.run, 'rl-60s', 1))).toBe(true);

    opened.fake.table.refuses = undefined;
    opened.fake.table.endsAll = true;
    await run.decide('resume');
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 8, scored: 8, infraFailed: 0 });
  });
});

test('a run that is aborted while its provider refuses ends the rollouts that wait, and its ledger closes', async () => {
  await opened.world.whileWorking(async () => {
    const run = await opened.start();
    const rollouts = allOf(1, await tasksOf(opened.fake, 1));
    opened.fake.table.refuses = REFUSAL;
    opened.fake.end(Object.fromEntries(rollouts.map((id) => [id, 0.5])));
    await parked(run);
    await eventually(() => rollouts.every((id) => opened.fake.table.judged.includes(id)));
    await run.decide('abort', { reason: 'no key for weeks' });
    await expect(run.handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
    expect((await run.report()).report.ledger).toEqual({ planned: 4, scored: 0, infraFailed: 0, cancelled: 4 });
    expect(await run.open()).toEqual([]);
  });
});
