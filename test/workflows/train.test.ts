import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { keys } from '../../core/names.ts';
import { report as reportSchema } from '../../core/report.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { openWorld, type World } from '../support/workflows.ts';

let world: World;
const sandboxes = fakeSandboxes();
beforeAll(async () => {
  world = await openWorld({ sandboxes });
});
afterAll(() => world.close());

const start = (run: string, recipe: unknown) =>
  world.client.workflow.start('train', { workflowId: run, taskQueue: world.queue, args: [recipe] });

test('a run plays its stages, closes its ledger and writes its report', async () => {
  const status = await world.whileWorking(async () => (await start(world.run, tinyRecipe())).result());
  expect(status).toMatchObject({ state: 'completed', planned: 5, scored: 5, infraFailed: 0, cancelled: 0 });
  const report = reportSchema.parse(await world.store.readJson(keys.report(world.run)));
  expect(report.ledger).toEqual({ planned: 5, scored: 5, infraFailed: 0, cancelled: 0 });
  expect(report.evaluations).toMatchObject([{ policy: 'idle', suite: 'heldout', n: 1, mean: 0 }]);
  expect(sandboxes.names()).toEqual([]);
});

test('its rollouts are found in the list view by stage, outcome and score', async () => {
  const query = `LonghaulRun="${world.run}" and LonghaulOutcome="scored" and LonghaulScore < 0.5`;
  const found: string[] = [];
  for await (const { workflowId } of world.client.workflow.list({ query })) found.push(workflowId);
  expect(found).toHaveLength(5);
});

test('a rollout makes at most 30 history events', async () => {
  const query = `LonghaulRun="${world.run}" and WorkflowType="rollout"`;
  for await (const { workflowId } of world.client.workflow.list({ query })) {
    const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
    expect(events?.length).toBeLessThanOrEqual(30);
  }
});

test('bad input fails the run at once, with the path to the field and the value', async () => {
  const run = `${world.run}-bad`;
  const failure = world.whileWorking(async () => (await start(run, tinyRecipe({ seed: 'one' }))).result());
  await expect(failure).rejects.toBeInstanceOf(WorkflowFailedError);
  await expect(failure).rejects.toMatchObject({
    cause: { type: 'InvalidInput', message: 'seed: Invalid input: expected number, received string (got "one")' },
  });
});

test('the same run id with another recipe is refused', async () => {
  const failure = world.whileWorking(async () => (await start(world.run, tinyRecipe({ seed: 2 }))).result());
  await expect(failure).rejects.toMatchObject({
    cause: { type: 'InvalidInput', message: expect.stringContaining('was begun with another recipe') as unknown },
  });
});

test('the same run id with the same recipe goes on: nothing is played twice', async () => {
  const before = sandboxes.effects.length;
  const status = await world.whileWorking(async () => (await start(world.run, tinyRecipe())).result());
  expect(status).toMatchObject({ state: 'completed', planned: 5, scored: 5 });
  expect(sandboxes.effects.length).toBe(before);
});
