import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { StageStatus } from '../../core/status.ts';
import { createIdle } from '../../activities/policies/idle.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { gatedPolicy } from '../support/gated-policy.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { paged } from '../support/paged.ts';
import { runsOf } from '../support/runs.ts';
import { openWorld, type World } from '../support/workflows.ts';

/** The evaluation is slow: its turns wait for the test's leave. Everything else submits at once. */
const slow = gatedPolicy();
const sandboxes = fakeSandboxes();
const broken = { count: 0, pages: Infinity };
let world: World;
beforeAll(async () => {
  world = await openWorld({
    sandboxes,
    policy: ({ name }) => {
      if (name === 'teacher') return slow;
      if (name === 'broken' && broken.count-- > 0) throw new Error('this machine is broken');
      return createIdle();
    },
    around: ({ planStage }) => ({
      async planStage(input) {
        if (input.stage.name !== 'evaluate-broken') return planStage(input);
        if (broken.pages-- === 0) throw ApplicationFailure.nonRetryable('the plan is unreadable', 'InvalidInput');
        return paged(planStage)(input);
      },
    }),
  });
});
afterAll(() => world.close());

const distill = { type: 'distill', policy: 'idle', rolloutsPerTask: 1, timeout: '1500s', accept: { minScore: 0 } };
const evaluate = { type: 'evaluate', rolloutsPerTask: 1, timeout: '100s' };
const recipe = (changes: object = {}) =>
  tinyRecipe({
    policies: { teacher: { type: 'scripted' }, idle: { type: 'idle' }, broken: { type: 'idle' } },
    stages: [{ ...evaluate, policies: ['teacher'], alongside: true }, distill],
    ...changes,
  });

const { start: begin, statusOf, decide, reportOf } = runsOf(() => world);
const start = (given: unknown = recipe()) => begin(given);
const statesOf = async (handle: WorkflowHandle): Promise<Record<string, string>> =>
  Object.fromEntries((await statusOf(handle)).stages.map(({ name, state }) => [name, state]));

test('an evaluation alongside holds no stage up, and the run ends when it has ended too', async () => {
  await world.whileWorking(async () => {
    const handle = await start();
    await eventually(async () => (await statesOf(handle))['distill'] === 'completed');
    expect(await statesOf(handle)).toEqual({ 'evaluate-teacher': 'running', distill: 'completed' });
    expect(await statusOf(handle)).toMatchObject({ state: 'running' });
    slow.leave(3);
    expect(await handle.result()).toMatchObject({ state: 'completed', planned: 3, scored: 3 });
    expect((await reportOf(handle)).evaluations).toMatchObject([{ policy: 'teacher', n: 1 }]);
  });
});

test('under a budget nothing plays alongside: two stages could exceed it together', async () => {
  await world.whileWorking(async () => {
    const handle = await start(recipe({ budget: { tokens: 10_000 } }));
    await eventually(() => slow.waiting() === 1);
    expect(await statesOf(handle)).toEqual({ 'evaluate-teacher': 'running', distill: 'waiting' });
    slow.leave(3);
    expect(await handle.result()).toMatchObject({ state: 'completed', planned: 3, scored: 3 });
  });
});

test('evaluations alongside play one after the other', async () => {
  await world.whileWorking(async () => {
    const policies = ['teacher', 'idle'];
    const handle = await start(recipe({ stages: [{ ...evaluate, policies, alongside: true }, distill] }));
    await eventually(async () => (await statesOf(handle))['distill'] === 'completed');
    expect(await statesOf(handle)).toMatchObject({ 'evaluate-teacher': 'running', 'evaluate-idle': 'waiting' });
    slow.leave(3);
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 4 });
  });
});

test('its rollouts take the slots that other stages leave', async () => {
  await world.whileWorking(async () => {
    const handle = await start();
    await eventually(() => slow.waiting() === 1);
    slow.leave(3);
    await handle.result();
    const prioritiesOf = async (stage: string) => {
      for await (const { workflowId } of world.client.workflow.list({
        query: `WorkflowType = "rollout" AND LonghaulRun = "${handle.workflowId}" AND LonghaulStage = "${stage}"`,
      })) {
        const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
        const scheduled = events?.map((event) => event.activityTaskScheduledEventAttributes).find(Boolean);
        return scheduled?.priority?.priorityKey ?? 0;
      }
      return undefined;
    };
    await eventually(async () => (await prioritiesOf('evaluate-teacher')) !== undefined);
    expect(await prioritiesOf('evaluate-teacher')).toBe(4);
    expect(await prioritiesOf('distill')).toBe(0); // as usual, which is before 4
  });
});

test('one that fails does not stop the run, which parks for it at the end', async () => {
  await world.whileWorking(async () => {
    broken.count = 3;
    const policies = ['broken'];
    const handle = await start(recipe({ stages: [{ ...evaluate, policies, alongside: true }, distill] }));
    await eventually(async () => (await statusOf(handle)).state === 'parked');
    expect(await statesOf(handle)).toEqual({ 'evaluate-broken': 'parked', distill: 'completed' });
    expect((await statusOf(handle)).waitsFor).toMatch(/^stage evaluate-broken failed/);
    await decide(handle, 'resume');
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 3 });
  });
});

test('a pause reaches it, and a resume', async () => {
  await world.whileWorking(async () => {
    const handle = await start();
    await eventually(async () => (await statesOf(handle))['distill'] === 'completed');
    await eventually(() => slow.waiting() === 1);
    await decide(handle, 'pause');
    const stage = world.client.workflow.getHandle(`${handle.workflowId}.evaluate-teacher`);
    await eventually(async () => (await stage.query<StageStatus>('status')).state === 'paused');
    slow.leave(1);
    await eventually(() => slow.waiting() === 0);
    await decide(handle, 'resume');
    slow.leave(2);
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 3 });
  });
});

test('it can be skipped by its name', async () => {
  await world.whileWorking(async () => {
    const handle = await start();
    await eventually(async () => (await statesOf(handle))['distill'] === 'completed');
    await decide(handle, 'skip', { stage: 'evaluate-teacher' });
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 2, cancelled: 1 });
    expect(sandboxes.names()).toEqual([]);
  });
});

test('an abort cancels it and closes its ledger', async () => {
  await world.whileWorking(async () => {
    const handle = await start();
    await eventually(async () => (await statesOf(handle))['distill'] === 'completed');
    await decide(handle, 'abort', { reason: 'enough' });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted', message: 'enough' } });
    expect((await reportOf(handle)).ledger).toEqual({ planned: 3, scored: 2, infraFailed: 0, cancelled: 1 });
    expect(sandboxes.names()).toEqual([]);
  });
});

test.each(['abort', 'cancel'])(
  'one that has failed half way has its ledger closed when the run hears %s',
  async (decision) => {
    await world.whileWorking(async () => {
      broken.pages = 1;
      const beside = { ...evaluate, policies: ['broken'], rolloutsPerTask: 2, alongside: true };
      const handle = await start(recipe({ stages: [beside, { ...distill, policy: 'teacher' }] }));
      await eventually(async () => (await statesOf(handle))['evaluate-broken'] === 'parked' && slow.waiting() === 2);
      await (decision === 'cancel' ? handle.cancel() : decide(handle, decision));
      await expect(handle.result()).rejects.toThrow();
      expect((await reportOf(handle)).ledger).toEqual({ planned: 4, scored: 1, infraFailed: 0, cancelled: 3 });
      await eventually(() => slow.waiting() === 0);
    });
  },
);

test('an evaluation of the first papers alone plays those', async () => {
  await world.whileWorking(async () => {
    const tasks = { type: 'micropapers', train: 1, heldout: 3 };
    const handle = await start(recipe({ tasks, stages: [{ ...evaluate, policies: ['idle'], papers: 2 }] }));
    expect(await handle.result()).toMatchObject({ state: 'completed', planned: 2, scored: 2 });
  });
});
