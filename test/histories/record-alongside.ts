import { beforeEach, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { createIdle } from '../../activities/policies/idle.ts';
import type { Policy } from '../../activities/policies/policy.ts';
import type { StageStatus } from '../../core/status.ts';
import { eventually } from '../support/eventually.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { record } from '../support/recording.ts';
import { runWorld, TURNS } from '../support/run-world.ts';

/** Records evaluations that play beside other stages: a part of `npm run record-histories`. The idle policy is not held up. */
const broken = { now: false };
beforeEach(() => void (broken.now = false));
function idle(): Policy {
  if (broken.now) throw new Error('this machine is broken');
  return createIdle();
}
const { world, policy, start, decide, status, until } = runWorld({ policies: { idle, other: createIdle } });
const distill = { type: 'distill', policy: 'other', rolloutsPerTask: 1, timeout: '1500s', accept: { minScore: 0 } };
const alongside = { type: 'evaluate', rolloutsPerTask: 1, timeout: '100s', alongside: true };
/** An evaluation, and beside it one rollout. */
const recipe = (changes: object = {}, name = 'teacher') =>
  tinyRecipe({
    tasks: { type: 'micropapers', train: 1, heldout: 1 },
    policies: { teacher: { type: 'scripted' }, idle: { type: 'idle' }, other: { type: 'idle' } },
    stages: [{ ...alongside, policies: [name] }, distill],
    ...changes,
  });
const distilled = (handle: WorkflowHandle) =>
  eventually(
    async () =>
      policy.waiting() === 1 &&
      (await status(handle)).stages.some(({ name, state }) => name === 'distill' && state === 'completed'),
  );

test('alongside', () =>
  record(world(), 'alongside', async () => {
    const handle = await start('alongside', recipe());
    await distilled(handle);
    policy.leave(TURNS);
    await handle.result();
    return { run: handle.workflowId, picks: { rollout: /evaluate/ } };
  }));

test('alongside-paused', () =>
  record(world(), 'alongside-paused', async () => {
    const handle = await start('alongside-paused', recipe());
    await distilled(handle);
    await decide(handle, 'pause');
    const stage = world().client.workflow.getHandle(`${handle.workflowId}.evaluate-teacher`);
    await eventually(async () => (await stage.query<StageStatus>('status')).state === 'paused');
    policy.leave(1);
    await eventually(() => policy.waiting() === 0);
    await decide(handle, 'resume');
    policy.leave(TURNS - 1);
    await handle.result();
    return { run: handle.workflowId };
  }));

test('alongside-skipped', () =>
  record(world(), 'alongside-skipped', async () => {
    const handle = await start('alongside-skipped', recipe());
    await distilled(handle);
    await decide(handle, 'skip', { stage: 'evaluate-teacher' });
    await handle.result();
    return { run: handle.workflowId };
  }));

test('alongside-aborted', () =>
  record(world(), 'alongside-aborted', async () => {
    const handle = await start('alongside-aborted', recipe());
    await distilled(handle);
    await decide(handle, 'abort', { reason: 'enough' });
    await handle.result().catch(() => undefined);
    return { run: handle.workflowId };
  }));

test('alongside-failed', () =>
  record(world(), 'alongside-failed', async () => {
    broken.now = true;
    const handle = await start('alongside-failed', recipe({}, 'idle'));
    await until(handle, 'parked', 'evaluate-idle failed');
    broken.now = false;
    await decide(handle, 'resume');
    await handle.result();
    return { run: handle.workflowId };
  }));

test.each(['alongside-failed-aborted', 'before/failed-evaluations-are-closed'])('%s', (path) =>
  record(world(), path, async () => {
    broken.now = true;
    const stages = [
      { ...alongside, policies: ['idle'] },
      { ...distill, policy: 'teacher' },
    ];
    const handle = await start(path, recipe({ stages }));
    const hasFailed = async () =>
      (await status(handle)).stages.some(({ name, state }) => name === 'evaluate-idle' && state === 'parked');
    await eventually(async () => policy.waiting() === 1 && (await hasFailed()));
    await decide(handle, 'abort', { reason: 'enough' });
    await handle.result().catch(() => undefined);
    return { run: handle.workflowId };
  }),
);

test.each(['alongside-budget', 'before/a-budget-is-spent-in-line'])('%s', (path) =>
  record(world(), path, async () => {
    policy.leave(TURNS);
    const handle = await start(path, recipe({ budget: { tokens: 10_000 } }));
    await handle.result();
    return { run: handle.workflowId };
  }),
);
