import { appendFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ActivityCancellationDetails } from '@temporalio/common';
import { heldSeconds } from '../../../activities/agent/held.ts';
import { recordWithoutScore } from '../../../activities/record-outcome.ts';
import { keys } from '../../../core/names.ts';
import { agentTables } from '../../support/agent-table.ts';
import { eventually } from '../../support/eventually.ts';

const { table } = agentTables();
type Table = ReturnType<typeof table>;

/** An attempt that has its sandbox for so long, and is still at it. */
async function attemptFor({ policy, attempt }: Table, seconds: number) {
  const others = policy.waiting();
  const running = attempt();
  await eventually(() => policy.waiting() === others + 1);
  const began = performance.now();
  await eventually(() => performance.now() - began > seconds * 1000);
  return running;
}

async function cutAfter(given: Table, seconds: number, details: object): Promise<void> {
  const { environment, result } = await attemptFor(given, seconds);
  environment.cancel('CANCELLED', new ActivityCancellationDetails(details));
  await expect(result).rejects.toThrow();
}

const unscored = ({ id }: Table) =>
  ({ rollout: id, task: 'train-0', policy: 'teacher', outcome: 'cancelled', reason: 'enough' }) as const;

test('the sandbox seconds of a rollout are those of all its attempts', async () => {
  const given = table();
  await cutAfter(given, 0.4, { reset: true });
  await cutAfter(given, 0.3, { timedOut: true });
  given.policy.leave(3);
  expect(await given.attempt().result).toMatchObject({ end: 'submitted' });
  const { sandboxSeconds } = (await given.store.readJson(keys.played(given.id))) as { sandboxSeconds: number };
  expect(sandboxSeconds).toBeGreaterThan(0.7);
  expect(sandboxSeconds).toBeLessThan(5);
});

test('what a paused rollout had used before counts', async () => {
  const given = table();
  const { result } = await attemptFor(given, 0.4);
  await given.store.writeJson(given.knobs, { paused: true });
  given.policy.leave(1);
  expect(await result).toEqual({ end: 'paused', turns: 1 });
  await given.store.writeJson(given.knobs, { paused: false });
  given.policy.leave(2);
  const played = (await given.attempt().result) as { sandboxSeconds: number };
  expect(played.sandboxSeconds).toBeGreaterThan(0.4);
});

test('of an attempt that dies counts what it had used a moment before', async () => {
  const given = table();
  const { result } = await attemptFor(given, 0);
  const dead = Promise.allSettled([result]);
  await eventually(async () => (await heldSeconds(given.store, given.id)) > 0.4);
  given.policy.leave(6);
  const played = (await given.attempt().result) as { sandboxSeconds: number };
  expect(played.sandboxSeconds).toBeGreaterThan(0.4);
  expect(await dead).toMatchObject([{ status: 'rejected', reason: { type: 'LeaseLost' } }]);
});

test('a rollout that gets no score has used its sandbox all the same', async () => {
  const given = table();
  await cutAfter(given, 0.3, { timedOut: true });
  await cutAfter(given, 0.3, { cancelRequested: true });
  const { sandboxSeconds } = await recordWithoutScore(given.store, unscored(given));
  expect(sandboxSeconds).toBeGreaterThan(0.6);
});

test('one that was played and could not be judged has used what it was played in', async () => {
  const given = table();
  await cutAfter(given, 0.3, { timedOut: true });
  given.policy.leave(3);
  const played = (await given.attempt().result) as { sandboxSeconds: number };
  const { sandboxSeconds } = await recordWithoutScore(given.store, unscored(given));
  expect(sandboxSeconds).toBe(played.sandboxSeconds);
});

test('a rollout that never had a sandbox has used none', async () => {
  const given = table();
  given.sandboxes.open = () => Promise.reject(new Error('no space left on device'));
  await expect(given.attempt().result).rejects.toThrow('no space left on device');
  expect(await recordWithoutScore(given.store, unscored(given))).toMatchObject({ sandboxSeconds: 0 });
});

test('a note that a crash has cut short counts as far as it was made before', async () => {
  const given = table();
  await cutAfter(given, 0.3, { timedOut: true });
  const before = await heldSeconds(given.store, given.id);
  appendFileSync(given.store.path(`${keys.held(given.id)}/1`), '99');
  expect(await heldSeconds(given.store, given.id)).toBe(before);
});
