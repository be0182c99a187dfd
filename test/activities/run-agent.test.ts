import { expect, test } from '@jest/globals';
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import type { MockActivityEnvironment } from '@temporalio/testing';
import { readTurnLog } from '../../activities/agent/turn-log.ts';
import { keys } from '../../core/names.ts';
import type { Acted } from '../../core/trajectory.ts';
import { agentTables, outputsIn } from '../support/agent-table.ts';
import { eventually } from '../support/eventually.ts';
import { messagesServer } from '../support/messages-server.ts';
import { modelGame, submit } from '../support/model-game.ts';

const { table, settings } = agentTables();

const cancel = (environment: MockActivityEnvironment, details: object): void =>
  environment.cancel('CANCELLED', new ActivityCancellationDetails(details));
const turnsIn = async (file: string): Promise<number> =>
  (await readTurnLog(file)).filter(({ type }) => type === 'observed').length;

test('a rollout is played to its end, its submission stored and its sandbox closed', async () => {
  const { policy, attempt, sandboxes, store, id } = table();
  policy.leave(3);
  const result = await attempt().result;
  expect(result).toMatchObject({
    end: 'submitted',
    turns: 3,
    submission: { uri: `store:${keys.rollout(id)}/submission.tar` },
  });
  expect(await store.exists(`${keys.rollout(id)}/submission.tar`)).toBe(true);
  expect(sandboxes.names()).toEqual([]);
});

test('an attempt after the end answers with the same result and plays nothing', async () => {
  const { policy, attempt, sandboxes } = table();
  policy.leave(3);
  const first = await attempt().result;
  const effects = sandboxes.effects.length;
  expect(await attempt().result).toEqual(first);
  expect(sandboxes.effects).toHaveLength(effects);
});

test('heartbeats carry a pointer, not data', async () => {
  const { policy, attempt } = table();
  policy.leave(3);
  const { environment, result } = attempt();
  const beats: unknown[] = [];
  environment.on('heartbeat', (details) => beats.push(details));
  await result;
  expect(beats.at(-1)).toEqual({ turn: 0, active: 0, sandbox: expect.any(String) as unknown, epoch: 1 });
});

test('while its provider is busy the heartbeat says so and until when, and what was waited stands beside the turn', async () => {
  const server = await messagesServer({
    brain: () => ({ content: [submit] }),
    fault: (_, count) =>
      count === 1 ? { type: 'status', status: 429, headers: { 'retry-after-ms': '600' } } : undefined,
  });
  const { attempt, store, id } = table((await modelGame(server)).policy());
  const { environment, result } = attempt();
  const beats: { state?: string; until?: string; why?: string }[] = [];
  environment.on('heartbeat', (details) => beats.push(details as object));
  expect(await result).toMatchObject({ end: 'submitted', waitedSeconds: expect.closeTo(0.6, 0) as unknown });
  const [busy] = beats.filter(({ state }) => state === 'rate-limited');
  expect(busy).toMatchObject({ turn: 0, epoch: 1, why: expect.stringContaining('429') as unknown });
  expect(Date.parse(busy?.until ?? '')).toBeGreaterThan(Date.now() - 60_000);
  expect(beats.at(-1)).not.toHaveProperty('state');
  const [acted] = (await readTurnLog(store.path(keys.turns(id)))).filter(({ type }) => type === 'acted');
  expect((acted as Acted).waited).toBeGreaterThanOrEqual(0.6);
});

test('only a cancel destroys the sandbox', async () => {
  const { policy, attempt, sandboxes } = table();
  const { environment, result } = attempt();
  await eventually(() => policy.waiting() === 1);
  cancel(environment, { cancelRequested: true });
  await expect(result).rejects.toBeInstanceOf(CancelledFailure);
  expect(sandboxes.names()).toEqual([]);
});

test.each([{ workerShutdown: true }, { paused: true }, { reset: true }, { timedOut: true }])(
  'on %j it lets go, and the next attempt goes on at its turn in the same sandbox',
  async (details) => {
    const { policy, attempt, sandboxes, store, id } = table();
    const { environment, result } = attempt();
    policy.leave(1);
    await eventually(async () => (await turnsIn(store.path(keys.turns(id)))) === 1 && policy.waiting() === 1);
    cancel(environment, details);
    await expect(result).rejects.toBeInstanceOf(CancelledFailure);
    expect(sandboxes.names()).toHaveLength(1);
    policy.leave(2);
    expect(await attempt().result).toMatchObject({ end: 'submitted', turns: 3 });
    expect(sandboxes.effects.filter((effect) => effect.endsWith(': ls'))).toHaveLength(2);
  },
);

test('a worker that is asked to stop finishes the turn in flight and lets go', async () => {
  const { policy, attempt, draining, store, id } = table();
  const { result } = attempt();
  await eventually(() => policy.waiting() === 1);
  draining.abort();
  policy.leave(1);
  await expect(result).rejects.toMatchObject({ type: 'WorkerShutdown', nonRetryable: false });
  expect(await turnsIn(store.path(keys.turns(id)))).toBe(1);
});

test('a paused stage keeps a snapshot for another machine, which takes up from there and says what was lost', async () => {
  const { policy, attempt, sandboxes, store, id, knobs } = table();
  await store.writeJson(knobs, { paused: true });
  expect(await attempt().result).toEqual({ end: 'paused', turns: 0 });
  await store.writeJson(knobs, { paused: false });
  const { environment, result } = attempt();
  policy.leave(1);
  await eventually(async () => (await turnsIn(store.path(keys.turns(id)))) === 1 && policy.waiting() === 1);
  cancel(environment, { timedOut: true });
  await expect(result).rejects.toBeInstanceOf(CancelledFailure);
  sandboxes.loseAll();
  policy.leave(2);
  await attempt().result;
  expect(await outputsIn(store.path(keys.turns(id)))).toEqual([
    '',
    '[the machine was replaced: the effects of the last 1 turns are lost]',
  ]);
});

test('attempts that get nowhere are counted, and the rollout is given up after as many as the recipe allows', async () => {
  const { attempt, sandboxes } = table();
  sandboxes.open = () => Promise.reject(new Error('no space left on device'));
  for (let count = 0; count < settings.rollout.attempts; count += 1) {
    await expect(attempt().result).rejects.toThrow('no space left on device');
  }
  await expect(attempt().result).rejects.toMatchObject({ type: 'Exhausted', nonRetryable: true });
});

test.each([{ workerShutdown: true }, { paused: true }, { reset: true }])(
  'attempts that are ended by %j do not count, however often',
  async (details) => {
    const { policy, attempt } = table();
    for (let count = 0; count <= settings.rollout.attempts; count += 1) {
      const { environment, result } = attempt();
      await eventually(() => policy.waiting() === 1);
      cancel(environment, details);
      await expect(result).rejects.toBeInstanceOf(CancelledFailure);
    }
    policy.leave(3);
    expect(await attempt().result).toMatchObject({ end: 'submitted', turns: 3 });
  },
);

test('pauses of the stage do not count, however often', async () => {
  const { policy, attempt, store, knobs } = table();
  await store.writeJson(knobs, { paused: true });
  for (let count = 0; count <= settings.rollout.attempts; count += 1) {
    expect(await attempt().result).toEqual({ end: 'paused', turns: 0 });
  }
  await store.writeJson(knobs, { paused: false });
  policy.leave(3);
  expect(await attempt().result).toMatchObject({ end: 'submitted', turns: 3 });
});

test('an attempt that has lost its lease publishes nothing', async () => {
  const { policy, attempt, store, id } = table();
  const zombie = attempt();
  await eventually(() => policy.waiting() === 1);
  const heir = attempt();
  await eventually(() => policy.waiting() === 2);
  policy.leave(6);
  const [dead, alive] = await Promise.allSettled([zombie.result, heir.result]);
  expect(dead).toMatchObject({ status: 'rejected', reason: { type: 'LeaseLost' } });
  expect(alive).toMatchObject({ status: 'fulfilled', value: { end: 'submitted', turns: 3 } });
  expect(await turnsIn(store.path(keys.turns(id)))).toBe(3);
});

test('a turn log that contradicts itself makes the rollout infra-failed at once, instead of being read again for ever', async () => {
  const { attempt, store, id } = table();
  await store.write(keys.turns(id), '{"type":"observed","epoch":1,"turn":0,"observations":[],"active":1}\n');
  await expect(attempt().result).rejects.toMatchObject({ type: 'TurnLogCorrupt', nonRetryable: true });
});
