import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { keys } from '../../core/names.ts';
import { report as reportSchema } from '../../core/report.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { fakeTraining } from '../support/fake-training.ts';
import { gatedPolicy } from '../support/gated-policy.ts';
import { trainingRecipe } from '../support/recipes.ts';
import { runsOf } from '../support/runs.ts';
import { openWorld, type World } from '../support/workflows.ts';

const training = fakeTraining();
const policy = gatedPolicy();
const sandboxes = fakeSandboxes();
let world: World;
beforeAll(async () => {
  world = await openWorld({ sandboxes, policy: () => policy, instead: training.activities });
});
afterAll(() => world.close());

const { start: begin, statusOf } = runsOf(() => world);
const start = () => begin(trainingRecipe());
const isParked = (handle: WorkflowHandle) => async () => (await statusOf(handle)).state === 'parked';
/** What a whole run of the recipe plays: two teacher's rollouts and one evaluation, three turns each. */
const TURNS = 3 * 3;

test('each training stage starts from the checkpoint it names, on the data of its own name', async () => {
  await world.whileWorking(async () => {
    const handle = await start();
    policy.leave(TURNS);
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 3 });
    expect(training.asked).toEqual(['untrained from null on null', 'sft from untrained on sft']);
    const report = reportSchema.parse(await world.store.readJson(keys.report(handle.workflowId)));
    expect(report.stages.find(({ name }) => name === 'sft')?.training).toEqual({
      checkpoint: 'sft',
      rows: 7,
      trainedTokens: 70,
      steps: 10,
      metrics: { loss: 0.5 },
      seconds: 1,
    });
  });
});

test('a checkpoint is served while its rollouts play, and not a moment longer', async () => {
  await world.whileWorking(async () => {
    const handle = await start();
    policy.leave(6);
    await eventually(async () => (await statusOf(handle)).stage === 'evaluate-sft' && policy.waiting() === 1);
    await eventually(() => training.served.has('sft'));
    policy.leave(3);
    await handle.result();
    expect([...training.served]).toEqual([]);
  });
});

test('a job that fails for good parks the run, and resume tries it again', async () => {
  await world.whileWorking(async () => {
    training.broken.job = 'a label is out of range';
    const handle = await start();
    await eventually(isParked(handle));
    expect((await statusOf(handle)).waitsFor).toContain(
      'stage untrained failed (InvalidInput: a label is out of range)',
    );
    delete training.broken.job;
    policy.leave(TURNS);
    await handle.executeUpdate('resume', { args: [{}] });
    expect(await handle.result()).toMatchObject({ state: 'completed' });
  });
});

test('a checkpoint that cannot be served parks the run with that reason, and its rollouts are cancelled, not zeros', async () => {
  await world.whileWorking(async () => {
    const handle = await start();
    training.broken.serving = 'there is no checkpoint';
    policy.leave(6);
    await eventually(isParked(handle));
    const status = await statusOf(handle);
    expect(status.waitsFor).toContain('stage evaluate-sft failed (InvalidInput: there is no checkpoint)');
    expect(status.stages.find(({ name }) => name === 'evaluate-sft')).toMatchObject({ scored: 0, meanScore: null });
    delete training.broken.serving;
    policy.leave(3);
    await handle.executeUpdate('resume', { args: [{}] });
    expect(await handle.result()).toMatchObject({ state: 'completed' });
  });
});
