import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { keys } from '../../core/names.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { fakeTraining } from '../support/fake-training.ts';
import { gatedPolicy } from '../support/gated-policy.ts';
import { trainingRecipe } from '../support/recipes.ts';
import { runsOf } from '../support/runs.ts';
import { openWorld, type World } from '../support/workflows.ts';

const policy = gatedPolicy();
const training = fakeTraining();
const sandboxes = fakeSandboxes();
let world: World;
beforeAll(async () => {
  world = await openWorld({ sandboxes, policy: () => policy, instead: training.activities });
});
afterAll(() => world.close());

const runs = runsOf(() => world);
const { newId } = runs;
const start = (run: string, changes: object = {}) => runs.start({ ...trainingRecipe(), ...changes }, run);
const reportOf = (workflowId: string) => runs.reportOf({ workflowId });
const DISTILL = 2 * 3;
const EVALUATE = 3;

/** A run that is ended by force as soon as the evaluation has begun. */
async function crashed(): Promise<string> {
  const run = newId();
  const handle = await start(run);
  policy.leave(DISTILL);
  await eventually(async () => policy.waiting() === 1 && (await world.store.exists(keys.stage(run, 'sft'))));
  await handle.terminate('the server was lost');
  await eventually(() => policy.waiting() === 0);
  return run;
}

test('a run that was terminated goes on under the same id with what it had finished', async () => {
  await world.whileWorking(async () => {
    const run = await crashed();
    const jobs = training.asked.length;
    policy.leave(EVALUATE);
    expect(await (await start(run)).result()).toMatchObject({ state: 'completed', scored: 3 });
    const { planned, scored, cancelled } = (await reportOf(run)).ledger;
    expect(planned).toBe(scored + cancelled);
    expect(training.asked.slice(jobs)).toEqual([]);
  });
});

test('another recipe under the same id is refused', async () => {
  await world.whileWorking(async () => {
    const run = await crashed();
    await expect((await start(run, { seed: 7 })).result()).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message: expect.stringContaining('was begun with another recipe') },
    });
  });
});

test('a run that resumes another takes over its finished stages and says so', async () => {
  await world.whileWorking(async () => {
    const [old, run] = [await crashed(), newId()];
    const jobs = training.asked.length;
    policy.leave(EVALUATE);
    const result = await (await start(run, { resumeFrom: old })).result();
    expect(result).toMatchObject({ state: 'completed', planned: 3, scored: 3 });
    expect(training.asked.slice(jobs)).toEqual([]);
    const { ledger, stages, notes } = await reportOf(run);
    expect(ledger).toEqual({ planned: 3, scored: 3, infraFailed: 0, cancelled: 0 });
    expect(stages.map(({ name, reusedFrom }) => [name, reusedFrom])).toEqual([
      ['untrained', old],
      ['distill', old],
      ['sft', old],
      ['evaluate-sft', undefined],
    ]);
    expect(notes).toContain(`Stage distill is the work of run ${old} and was taken over.`);
    const [first] = await world.store.list(`${keys.run(run)}/rollouts`);
    expect(await world.store.readJson(keys.record(first ?? ''))).toMatchObject({ rollout: first, outcome: 'scored' });
    expect(JSON.stringify(await world.store.readJson(keys.record(first ?? '')))).not.toContain(`${old}/`);
  });
});

test('a stage whose settings or inputs have changed is done again', async () => {
  await world.whileWorking(async () => {
    const [old, run] = [await crashed(), newId()];
    const stages = structuredClone(trainingRecipe()['stages']) as { type: string; training?: { steps: number } }[];
    for (const stage of stages) if (stage.training) stage.training.steps = 20;
    const jobs = training.asked.length;
    policy.leave(EVALUATE);
    await (await start(run, { resumeFrom: old, stages })).result();
    expect(training.asked.slice(jobs)).toEqual(['sft from untrained on sft']);
    const reused = (await reportOf(run)).stages.flatMap(({ name, reusedFrom }) => (reusedFrom ? [name] : []));
    expect(reused).toEqual(['untrained', 'distill']);
  });
});

test('of a stage that was not finished the scored rollouts are taken over, and only the others played', async () => {
  await world.whileWorking(async () => {
    const [old, run] = [newId(), newId()];
    const handle = await start(old);
    await eventually(() => policy.waiting() === 2);
    policy.leave(5);
    await eventually(async () => (await scoredIn(old)) === 1);
    await handle.terminate('the server was lost');
    await eventually(() => policy.waiting() === 0);
    const effects = sandboxes.effects.length;
    policy.leave(3 + EVALUATE);
    expect(await (await start(run, { resumeFrom: old })).result()).toMatchObject({ planned: 3, scored: 3 });
    const played = sandboxes.effects.slice(effects).filter((effect) => effect.startsWith(`${run}.distill`));
    expect(new Set(played.map((effect) => effect.split('/')[0]?.replace('.judge', ''))).size).toBe(1);
  });
});

async function scoredIn(run: string): Promise<number> {
  const names = await world.store.list(`${keys.run(run)}/rollouts`);
  const records = await Promise.all(names.map((name) => world.store.exists(keys.record(name))));
  return records.filter(Boolean).length;
}

test('a fork goes on from a stage by another recipe, whatever led there', async () => {
  await world.whileWorking(async () => {
    const [old, run] = [await crashed(), newId()];
    const stages = structuredClone(trainingRecipe()['stages']) as { rolloutsPerTask?: number; timeout?: string }[];
    for (const stage of stages) if (stage.timeout) stage.timeout = '200s';
    const jobs = training.asked.length;
    policy.leave(EVALUATE);
    const fork = { forkFrom: { run: old, stage: 'sft' }, stages };
    expect(await (await start(run, fork)).result()).toMatchObject({ state: 'completed', scored: 3 });
    expect(training.asked.slice(jobs)).toEqual([]);
  });
});

test.each([
  [{ resumeFrom: 'nobody' }, 'resumeFrom: there is no run "nobody" in this store'],
  [{ forkFrom: { run: 'nobody', stage: 'sft' } }, 'forkFrom.run: there is no run "nobody" in this store'],
])('%j is refused in a sentence', async (changes, message) => {
  await world.whileWorking(async () => {
    await expect((await start(newId(), changes)).result()).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message },
    });
  });
});

test('a run that is begun again at once waits for what the terminated one has left to end', async () => {
  await world.whileWorking(async () => {
    const run = newId();
    const handle = await start(run);
    await eventually(() => policy.waiting() === 2);
    await handle.terminate('the wrong window');
    const again = await start(run);
    policy.leave(100);
    expect(await again.result()).toMatchObject({ state: 'completed', scored: 3 });
  });
});
