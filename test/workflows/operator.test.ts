import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { StageStatus } from '../../core/status.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { eventually } from '../support/eventually.ts';
import { gatedPolicy } from '../support/gated-policy.ts';
import { runsOf } from '../support/runs.ts';
import { openWorld, type World } from '../support/workflows.ts';

const policy = gatedPolicy();
const sandboxes = fakeSandboxes();
let world: World;
beforeAll(async () => {
  world = await openWorld({ sandboxes, policy: () => policy });
});
afterAll(() => world.close());

const { start: begin, statusOf, decide, reportOf } = runsOf(() => world);
const start = (recipe: unknown = tinyRecipe()) => begin(recipe);
const stageOf = (handle: WorkflowHandle, stage: string): Promise<StageStatus> =>
  world.client.workflow.getHandle(`${handle.workflowId}.${stage}`).query('status');
const ledgerOf = async (handle: WorkflowHandle) => (await reportOf(handle)).ledger;

test('a paused run finishes the turns in flight, lets go of its workers, and goes on where it was', async () => {
  await world.whileWorking(async () => {
    const handle = await start();
    await eventually(() => policy.waiting() === 4);
    expect(await decide(handle, 'pause')).toEqual({ state: 'paused', stage: 'distill' });
    await eventually(async () => (await stageOf(handle, 'distill')).state === 'paused');
    policy.leave(4);
    await eventually(() => policy.waiting() === 0);
    expect(await statusOf(handle)).toMatchObject({ state: 'paused', waitsFor: 'resume', scored: 0 });
    const effects = sandboxes.effects.length;
    policy.leave(4 * 2 + 3);
    await decide(handle, 'resume');
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 5 });
    const played = sandboxes.effects.slice(effects).filter((effect) => effect.endsWith(': ls'));
    expect(played).toHaveLength(4 + 2);
  });
});

test('a run that was ended by force while it was paused and tuned plays on when it is begun again, as tuned', async () => {
  await world.whileWorking(async () => {
    const handle = await start();
    await eventually(() => policy.waiting() === 4);
    await decide(handle, 'tune', { concurrency: 3 });
    await decide(handle, 'pause');
    await eventually(async () => (await stageOf(handle, 'distill')).state === 'paused');
    policy.leave(4);
    await eventually(() => policy.waiting() === 0);
    await handle.terminate('the server was lost');
    const { workflowId } = handle;
    const options = { workflowId, taskQueue: world.queue, args: [tinyRecipe()] };
    const again = await world.client.workflow.start('train', options);
    await eventually(() => policy.waiting() === 3);
    policy.leave(4 * 3 + 3);
    expect(await again.result()).toMatchObject({ state: 'completed', scored: 5 });
  });
});

test('an aborted run cancels what is running, closes its ledger and leaves no sandbox', async () => {
  await world.whileWorking(async () => {
    const handle = await start();
    await eventually(() => policy.waiting() === 4);
    await decide(handle, 'abort', { reason: 'the GPUs are needed elsewhere' });
    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'Aborted', message: 'the GPUs are needed elsewhere' },
    });
    expect(await ledgerOf(handle)).toEqual({ planned: 4, scored: 0, infraFailed: 0, cancelled: 4 });
    expect(sandboxes.names()).toEqual([]);
  });
});

test('a skipped stage ends as it is, and the run goes on to the next', async () => {
  await world.whileWorking(async () => {
    const handle = await start();
    await eventually(() => policy.waiting() === 4);
    await expect(decide(handle, 'skip', { stage: 'evaluate-idle' })).rejects.toMatchObject({
      cause: { message: 'stage: only the current stage, "distill", can be skipped (got "evaluate-idle")' },
    });
    await decide(handle, 'skip', { stage: 'distill' });
    await eventually(() => policy.waiting() === 1);
    policy.leave(3);
    expect(await handle.result()).toMatchObject({ state: 'completed', planned: 5, scored: 1, cancelled: 4 });
  });
});

test('a decision that makes no sense is refused with the reason', async () => {
  await world.whileWorking(async () => {
    const handle = await start();
    await eventually(() => policy.waiting() === 4);
    await expect(decide(handle, 'resume')).rejects.toMatchObject({
      cause: { message: 'a run that is running cannot be resumed' },
    });
    await decide(handle, 'abort');
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
  });
});

test('nonsense is refused or dropped, and never wedges the run', async () => {
  await world.whileWorking(async () => {
    const handle = await start();
    await eventually(() => policy.waiting() === 4);
    for (const nonsense of [null, 7, {}, { name: 'distill' }, { name: 'distill', planned: 'many' }]) {
      await handle.signal('progress', nonsense);
    }
    const refused = (name: string, input: unknown) =>
      expect(handle.executeUpdate(name, { args: [input] })).rejects.toMatchObject({
        cause: {
          message: expect.stringMatching(/^the input must be|^stge: there is no such|^reason: (must be|at most)/),
        },
      });
    await refused('skip', 'distill');
    await refused('skip', { stge: 'distill' });
    await refused('abort', { reason: 7 });
    await refused('pause', []);
    await refused('abort', { reason: 'x'.repeat(3000) });
    await handle.signal('progress', { name: 'distill', note: 'x'.repeat(1_500_000) });
    expect(await statusOf(handle)).toMatchObject({ state: 'running', stage: 'distill' });
    policy.leave(4 * 3 + 3);
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 5 });
  });
});
