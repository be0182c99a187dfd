import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { keys } from '../../core/names.ts';
import { eventually } from '../support/eventually.ts';
import type { fakeRl } from '../support/fake-rl.ts';
import { openRlWorld, tasksOf, type RlRun } from '../support/rl-world.ts';
import type { World } from '../support/workflows.ts';

const REFUSAL = 'the provider refuses the key in JUDGE_KEY (401: invalid x-api-key); mend it, then resume';

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

const parked = (run: RlRun): Promise<void> => eventually(async () => (await run.status()).state === 'parked');
const allOf = (step: number, [one, two]: string[]): string[] =>
  [one, two].flatMap((task) => [`${step}.${task}.0`, `${step}.${task}.1`]);
const hasRecord = ({ run }: RlRun, id: string): Promise<boolean> =>
  world.store.exists(keys.record(`${run}.rl-60s.${id}`));

/** A run whose first rollout met a refusal, and another of its rollouts, which plays on. */
async function parkedByRefusal(): Promise<{ run: RlRun; late: string }> {
  const run = await opened.start();
  const [first = '', late = ''] = allOf(1, await tasksOf(fake, 1));
  fake.table.refuses = REFUSAL;
  fake.end({ [first]: 0.1 });
  await parked(run);
  return { run, late };
}

async function hasSignal(workflowId: string, name: string): Promise<boolean> {
  const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).some((event) => event.workflowExecutionSignaledEventAttributes?.signalName === name);
}

test('a key that is refused parks a stage of RL with a clear word, and once it is mended every rollout goes on', async () => {
  await world.whileWorking(async () => {
    const run = await opened.start();
    const rollouts = allOf(1, await tasksOf(fake, 1));
    fake.table.refuses = REFUSAL;
    fake.end({ [rollouts[0] ?? '']: 0.1 });
    await parked(run);
    expect((await run.status()).waitsFor).toBe(
      `stage rl-60s failed (ProviderRefused: ${REFUSAL}); waits for resume, skip or abort`,
    );
    // What is in flight then meets the same, and waits as well.
    fake.end({ [rollouts[1] ?? '']: 0.2, [rollouts[2] ?? '']: 0.3, [rollouts[3] ?? '']: 0.4 });
    await eventually(() => rollouts.every((id) => fake.table.judged.includes(id)));
    expect(await Promise.all(rollouts.map((id) => hasRecord(run, id)))).toEqual([false, false, false, false]);
    expect((await run.open()).toSorted()).toEqual(rollouts.map((id) => `${run.run}.rl-60s.${id}`).toSorted());

    fake.table.refuses = undefined;
    fake.table.endsAll = true;
    await run.decide('resume');
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 8, scored: 8, infraFailed: 0 });
    expect(fake.table.played.toSorted()).toEqual([...new Set(fake.table.played)].toSorted());
  });
});

test('a refusal that is still under way when the key is mended neither parks the stage again nor waits for another resume', async () => {
  await world.whileWorking(async () => {
    const { run, late } = await parkedByRefusal();
    fake.table.refusing = true;
    fake.end({ [late]: 0.2 });
    await eventually(() => fake.table.judged.includes(late));

    fake.table.refuses = undefined;
    await run.decide('resume');
    await eventually(() => hasSignal(`${run.run}.rl-60s.${late}`, 'resume'));
    fake.table.refusing = false;
    fake.table.endsAll = true;
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 8, scored: 8, infraFailed: 0 });
  });
});

test('a refusal of before the key was mended that the stage hears after it was begun again does not park it again', async () => {
  await world.whileWorking(async () => {
    const { run, late } = await parkedByRefusal();
    const { runId: stageRun } = await run.stage.describe();

    fake.table.refuses = undefined;
    await run.decide('resume');
    await eventually(async () => (await run.stage.describe()).runId !== stageRun);
    const rollout = `${run.run}.rl-60s.${late}`;
    await run.stage.signal('rolloutRefused', { rollout, why: REFUSAL, stageRun });
    fake.table.endsAll = true;
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 8, scored: 8, infraFailed: 0 });
  });
});

test('a refusal while the policy is trained parks the stage after its step: nobody waits for a word that does not come', async () => {
  await world.whileWorking(async () => {
    const run = await opened.start({ maxStaleness: 1 });
    const first = allOf(1, await tasksOf(fake, 1));
    const [later = ''] = allOf(2, await tasksOf(fake, 2));
    fake.table.training = true;
    fake.end(Object.fromEntries(first.map((id, index) => [id, index / 10])));
    await eventually(() => fake.table.asked.includes('rl-60s-1 from untrained'));
    fake.table.refuses = REFUSAL;
    fake.end({ [later]: 0.1 });
    await eventually(() => hasSignal(run.stage.workflowId, 'rolloutRefused'));
    fake.table.training = false;
    await parked(run);
    expect((await run.status()).waitsFor).toContain('ProviderRefused');
    expect(await world.store.exists(keys.rlStep(run.run, 'rl-60s', 1))).toBe(true);

    fake.table.refuses = undefined;
    fake.table.endsAll = true;
    await run.decide('resume');
    expect(await run.handle.result()).toMatchObject({ state: 'completed', planned: 8, scored: 8, infraFailed: 0 });
  });
});

test('a run that is aborted while its provider refuses ends the rollouts that wait, and its ledger closes', async () => {
  await world.whileWorking(async () => {
    const run = await opened.start();
    const rollouts = allOf(1, await tasksOf(fake, 1));
    fake.table.refuses = REFUSAL;
    fake.end(Object.fromEntries(rollouts.map((id) => [id, 0.5])));
    await parked(run);
    await eventually(() => rollouts.every((id) => fake.table.judged.includes(id)));
    await run.decide('abort', { reason: 'no key for weeks' });
    await expect(run.handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
    expect((await run.report()).report.ledger).toEqual({ planned: 4, scored: 0, infraFailed: 0, cancelled: 4 });
    expect(await run.open()).toEqual([]);
  });
});
