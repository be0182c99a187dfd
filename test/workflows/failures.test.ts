import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { keys } from '../../core/names.ts';
import { record as recordSchema } from '../../core/record.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { runsOf } from '../support/runs.ts';
import { openWorld, type World } from '../support/workflows.ts';

/** Sandboxes that can be told to fail. */
const broken = { open: false, judge: false };
const sandboxes = fakeSandboxes();
const failing = {
  ...sandboxes,
  open: (spec: Parameters<typeof sandboxes.open>[0]) =>
    broken.open || (broken.judge && spec.id.endsWith('.judge'))
      ? Promise.reject(new Error('no space left on device'))
      : sandboxes.open(spec),
};
let world: World;
beforeAll(async () => {
  world = await openWorld({ sandboxes: failing });
});
afterAll(() => world.close());

const onlyDistill = tinyRecipe({
  stages: [{ type: 'distill', policy: 'teacher', rolloutsPerTask: 1, timeout: '1500s', accept: { minScore: 0 } }],
});
const { start: begin, statusOf } = runsOf(() => world);
const start = (recipe: unknown = onlyDistill) => begin(recipe);

test('when machines fail, rollouts are infra-failed without a score, and the run parks and says why', async () => {
  await world.whileWorking(async () => {
    broken.open = true;
    const handle = await start();
    await eventually(async () => (await statusOf(handle)).state === 'parked');
    expect((await statusOf(handle)).waitsFor).toBe(
      'stage distill failed (TooFewScored: 2 of 2 rollouts have no score for reasons of infrastructure, see their records); ' +
        'waits for resume, skip or abort',
    );
    const records = await world.store.list(`${keys.run(handle.workflowId)}/rollouts`);
    for (const rollout of records) {
      const found = recordSchema.parse(await world.store.readJson(keys.record(rollout)));
      expect(found).toMatchObject({ outcome: 'infra-failed', reason: expect.stringContaining('Exhausted') as unknown });
      expect(found.score).toBeUndefined();
    }
    broken.open = false;
    await handle.executeUpdate('resume', { args: [{}] });
    expect(await handle.result()).toMatchObject({ state: 'completed', planned: 4, scored: 2, infraFailed: 2 });
  });
});

test('replacements take the next free members, and the failed ones stay in the ledger', async () => {
  const run = `${world.run}-0`;
  const lines = (await world.store.read(keys.ledger(run))).toString().trim().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as { member: number; outcome: string });
  expect(rows.map(({ member, outcome }) => `${member} ${outcome}`).toSorted()).toEqual([
    '0 infra-failed',
    '0 infra-failed',
    '1 scored',
    '1 scored',
  ]);
});

test('a judge that fails never scores', async () => {
  await world.whileWorking(async () => {
    broken.judge = true;
    const handle = await start();
    await eventually(async () => (await statusOf(handle)).state === 'parked');
    broken.judge = false;
    expect(await statusOf(handle)).toMatchObject({ scored: 0, infraFailed: 2, meanScore: null });
    // Its ledger is still to be closed, but nobody is waited for any more.
    expect(await handle.executeUpdate('skip', { args: [{}] })).toMatchObject({ state: 'running' });
    expect(await handle.result()).toMatchObject({ state: 'completed' });
  });
});

test('a parked run can be aborted', async () => {
  await world.whileWorking(async () => {
    broken.open = true;
    const handle = await start();
    await eventually(async () => (await statusOf(handle)).state === 'parked');
    broken.open = false;
    await handle.executeUpdate('abort', { args: [{ reason: 'enough' }] });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted', message: 'enough' } });
  });
});

test('a rollout that is terminated by hand is counted, as infra-failed', async () => {
  const recipe = { ...onlyDistill, maxInfraFailedShare: 1 };
  const handle = await start(recipe);
  const rollout = `${handle.workflowId}.distill.0.`;
  await world.whileWorking(async () => {
    // Nothing plays while sandboxes cannot be opened, so there is time to terminate.
    broken.open = true;
    await eventually(async () => (await statusOf(handle)).inFlight === 2 || (await inFlight(rollout)).length === 2);
    for (const id of await inFlight(rollout)) await world.client.workflow.getHandle(id).terminate('by hand');
    broken.open = false;
    expect(await handle.result()).toMatchObject({ state: 'completed', planned: 2, scored: 0, infraFailed: 2 });
  });
});

async function inFlight(prefix: string): Promise<string[]> {
  const found: string[] = [];
  const query = `WorkflowType="rollout" and ExecutionStatus="Running"`;
  for await (const { workflowId } of world.client.workflow.list({ query })) {
    if (workflowId.startsWith(prefix)) found.push(workflowId);
  }
  return found;
}
