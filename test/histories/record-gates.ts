import { test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { record } from '../support/recording.ts';
import { runWorld, TURNS } from '../support/run-world.ts';

/** Records runs that wait at gates: a part of `npm run record-histories`. */
const { world, policy, start, decide, status, until } = runWorld();
const [distill, evaluate] = tinyRecipe()['stages'] as [object, object];
/** One rollout of a teacher, and an evaluation. */
const recipe = (approve: object) =>
  tinyRecipe({
    tasks: { type: 'micropapers', train: 1, heldout: 1 },
    stages: [{ ...distill, rolloutsPerTask: 1 }, evaluate],
    approve,
  });

test('gated', () =>
  record(world(), 'gated', async () => {
    policy.leave(2 * TURNS);
    const handle = await start('gated', recipe({ before: ['distill'], after: ['distill'] }));
    await until(handle, 'waiting', 'before');
    await decide(handle, 'approve', { stage: 'distill' });
    await until(handle, 'waiting', 'after');
    await decide(handle, 'approve');
    await handle.result();
    return { run: handle.workflowId };
  }));

/** It is paused in its last turn, so that the stage ends while the run is. */
test('gate-paused', () =>
  record(world(), 'gate-paused', async () => {
    policy.leave(TURNS - 1);
    const handle = await start('gate-paused', recipe({ after: ['distill'] }));
    await eventually(() => policy.left() === 0 && policy.waiting() === 1);
    await decide(handle, 'pause');
    policy.leave(1);
    await eventually(async () => (await status(handle)).stages[0]?.state === 'completed');
    await decide(handle, 'resume');
    await until(handle, 'waiting');
    await decide(handle, 'approve');
    policy.leave(TURNS);
    await handle.result();
    return { run: handle.workflowId };
  }));

/** It forgets that it is paused. */
test('before/a-gate-waits-for-resume', () =>
  record(world(), 'before/a-gate-waits-for-resume', async () => {
    policy.leave(TURNS - 1);
    const handle = await start('before/a-gate-waits-for-resume', recipe({ after: ['distill'] }));
    await eventually(() => policy.left() === 0 && policy.waiting() === 1);
    await decide(handle, 'pause');
    policy.leave(1 + TURNS);
    await until(handle, 'waiting');
    await decide(handle, 'approve');
    await handle.result();
    return { run: handle.workflowId };
  }));

test('gate-left', () =>
  record(world(), 'gate-left', async () => {
    const handle = await start('gate-left', recipe({ before: ['distill', 'evaluate-idle'] }));
    await until(handle, 'waiting', 'distill');
    await decide(handle, 'skip');
    await until(handle, 'waiting', 'evaluate-idle');
    await decide(handle, 'abort', { reason: 'not today' });
    await handle.result().catch(() => undefined);
    return { run: handle.workflowId };
  }));

/** A run that was cut while it waited at the second of two gates, begun again. */
async function cutAtGate(name: string) {
  policy.leave(2 * TURNS);
  const gates = recipe({ before: ['distill'], after: ['distill'] });
  const first = await start(name, gates);
  await until(first, 'waiting', 'before');
  await decide(first, 'approve');
  await until(first, 'waiting', 'after');
  await first.terminate('the server was lost');
  return start(name, gates);
}

test('gate-again', () =>
  record(world(), 'gate-again', async () => {
    const handle = await cutAtGate('gate-again');
    await until(handle, 'waiting', 'after');
    await decide(handle, 'approve');
    await handle.result();
    return { run: handle.workflowId };
  }));

/** It passes the gate. */
test('before/gates-of-done-stages', () =>
  record(world(), 'before/gates-of-done-stages', async () => {
    const handle = await cutAtGate('before/gates-of-done-stages');
    await handle.result();
    return { run: handle.workflowId };
  }));
