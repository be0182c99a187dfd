import { ApplicationFailure } from '@temporalio/common';
import { test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { RunStatus, StageStatus } from '../../core/status.ts';
import { eventually } from '../support/eventually.ts';
import { factoryRunRecipe } from '../support/factory-world.ts';
import { gatedFactory } from '../support/gated-factory.ts';
import { record } from '../support/recording.ts';

/** Records factories that are the first stage of a run: a part of `npm run record-histories`. */
const { world, models, gate, newPapers, decide } = gatedFactory();

const start = (name: string, recipe: object): Promise<WorkflowHandle> =>
  world().client.workflow.start('train', {
    workflowId: `${world().run}-${name.replace('/', '-')}`,
    taskQueue: world().queue,
    args: [recipe],
  });
/** Makes two papers, if nothing else is said. */
const play = (path: string, recipe: object, body: (handle: WorkflowHandle) => Promise<void>) =>
  record(world(), path, async () => {
    newPapers(2);
    const handle = await start(path, recipe);
    await body(handle);
    await handle.result().catch(() => undefined);
    return { run: handle.workflowId };
  });
const until = (handle: WorkflowHandle, state: string, waitsFor = ''): Promise<void> =>
  eventually(async () => {
    const status = await handle.query<RunStatus>('status');
    return status.state === state && (status.waitsFor ?? '').includes(waitsFor);
  });

test('factory-stage', () => {
  gate.open = false;
  return play('factory-stage', factoryRunRecipe({ approveAfter: 1, concurrency: 1 }), async (handle) => {
    await eventually(() => gate.waiting === 1);
    await decide(handle, 'pause');
    gate.open = true;
    await decide(handle, 'resume');
    await until(handle, 'waiting', 'then approve');
    await decide(handle, 'approve', { stage: 'factory' });
  });
});

/** Its run goes on saying that it runs. */
test('before/stage-waits', () =>
  play('before/stage-waits', factoryRunRecipe({ approveAfter: 1, concurrency: 1 }), async (handle) => {
    const stage = world().client.workflow.getHandle(`${handle.workflowId}.factory`);
    await eventually(async () => (await handle.query<RunStatus>('status')).stages[0]?.state === 'waiting');
    await eventually(async () => (await stage.query<StageStatus>('status')).state === 'waiting');
    await decide(handle, 'approve', { stage: 'factory' });
  }));

test('factory-stage-parked', () =>
  play('factory-stage-parked', factoryRunRecipe({ budget: { usd: 1 }, concurrency: 1 }), async (handle) => {
    await until(handle, 'parked', 'the budget is spent');
    await decide(handle, 'tune', { factory: { budget: { usd: 1.2 } } });
    await decide(handle, 'resume');
  }));

test('factory-stage-budget', () => {
  const recipe = { ...factoryRunRecipe({ concurrency: 2 }), budget: { usd: 2 } };
  return play('factory-stage-budget', recipe, async (handle) => {
    await until(handle, 'parked', 'BudgetReached');
    await decide(handle, 'tune', { budget: { usd: 100 } });
    await decide(handle, 'resume');
  });
});

test('factory-stage-refused', () => {
  const refused = { now: true };
  models.instead.answer = () => {
    if (!refused.now) return undefined;
    throw ApplicationFailure.create({ type: 'ProviderRefused', message: 'out of funds', nonRetryable: true });
  };
  return play('factory-stage-refused', factoryRunRecipe({ concurrency: 1 }), async (handle) => {
    await until(handle, 'parked', 'ProviderRefused');
    refused.now = false;
    await decide(handle, 'resume');
  });
});

/** Of tasks that a factory had not come to the end of none is played. */
test('factory-stage-skipped', () =>
  play('factory-stage-skipped', factoryRunRecipe({ approveAfter: 1, concurrency: 1 }), async (handle) => {
    await until(handle, 'waiting', 'then approve');
    gate.open = false;
    await decide(handle, 'approve', { stage: 'factory' });
    await eventually(() => gate.waiting === 1);
    await decide(handle, 'skip');
    await until(handle, 'parked');
    await decide(handle, 'abort');
  }));

test('factory-stage-resumed', () =>
  record(world(), 'factory-stage-resumed', async () => {
    newPapers(1);
    const old = await start('factory-stage-old', factoryRunRecipe());
    await old.result();
    const stages = [{ type: 'evaluate', policies: ['idle'], rolloutsPerTask: 1, timeout: '200s' }];
    const handle = await start('factory-stage-resumed', { ...factoryRunRecipe(), stages, resumeFrom: old.workflowId });
    await handle.result();
    return { run: handle.workflowId };
  }));

test('factory-stage-short', () =>
  play('factory-stage-short', factoryRunRecipe({}, { heldout: 3 }), async (handle) => {
    await until(handle, 'parked', 'heldout asks for 3 tasks');
    await decide(handle, 'abort');
  }));
