import { expect, test } from '@jest/globals';
import { createBubblewrap } from '../../../activities/sandboxes/bubblewrap.ts';
import type { SandboxProvider } from '../../../activities/sandboxes/sandbox.ts';
import { keys } from '../../../core/names.ts';
import { outputsIn } from '../../support/agent-table.ts';
import { eventually } from '../../support/eventually.ts';
import { fakeSandboxes } from '../../support/fake-sandboxes.ts';
import { gpuMachines } from '../../support/gpu-machine.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { RESTARTED } from '../sandboxes/support.ts';

const machine = gpuMachines();
const folder = temporaryFolders();

const idOf = (member: number): string => `run.distill.0.train-0.${member}`;

/** Which device the sandbox of each rollout has, by its number. */
async function held(sandboxes: SandboxProvider): Promise<Record<string, string>> {
  const entries = (await sandboxes.holdings()).map(({ sandbox, devices }) => [sandbox.slice(-1), devices.ids.join()]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Two rollouts that a worker has had a turn of each, on a GPU each, when it was killed. */
async function twoLeftBehind(sandboxes: SandboxProvider = fakeSandboxes()) {
  const of = machine({ root: folder(), sandboxes });
  const killed = of.worker('0', '1');
  for (const member of [0, 1]) {
    killed.gate(member).leave(1);
    killed.play(member);
    await eventually(() => killed.gate(member).left() === 0 && killed.gate(member).waiting() === 1);
  }
  expect(await held(sandboxes)).toEqual({ 0: '0', 1: '1' });
  const outputs = (member: number): Promise<string[]> => outputsIn(of.store.path(keys.turns(idOf(member))));
  return { ...of, sandboxes, outputs };
}

test('the worker that comes after one goes on with each rollout on the devices of its sandbox, whichever comes first', async () => {
  const sandboxes = createBubblewrap({ home: folder() });
  const { worker, outputs } = await twoLeftBehind(sandboxes);
  const next = worker('0', '1');
  const second = next.play(1);
  await eventually(() => next.gate(1).waiting() === 1);
  const first = next.play(0);
  await eventually(() => next.gate(0).waiting() === 1);
  expect(await held(sandboxes)).toEqual({ 0: '0', 1: '1' });
  for (const member of [0, 1]) next.gate(member).leave(2);
  expect(await first.result).toMatchObject({ end: 'submitted', turns: 3 });
  expect(await second.result).toMatchObject({ end: 'submitted', turns: 3 });
  expect(await outputs(0)).toEqual(['0\n', '0\n']);
  expect(await outputs(1)).toEqual(['1\n', '1\n']);
  expect(await held(sandboxes)).toEqual({});
});

test('a rollout that is new gets nothing of what those have that are yet to come back, and gives up its slot to them', async () => {
  const { worker, store, sandboxes } = await twoLeftBehind();
  const next = worker('0', '1');
  await expect(next.play(2).result).rejects.toMatchObject({
    type: 'DevicesKept',
    nextRetryDelay: '10s',
    message: expect.stringContaining(`${idOf(0)}, ${idOf(1)}`),
  });
  expect(await store.list(`${keys.rollout(idOf(2))}/leases`)).toEqual([]); // it counts as no attempt
  next.gate(0).leave(2);
  await next.play(0).result;
  next.play(2);
  await eventually(async () => '2' in (await held(sandboxes)));
  expect(await held(sandboxes)).toEqual({ 1: '1', 2: '0' });
});

test('what a sandbox had is free once it is gone', async () => {
  const { worker, sandboxes } = await twoLeftBehind();
  await sandboxes.destroy(idOf(1));
  worker('0', '1').play(2);
  await eventually(async () => '2' in (await held(sandboxes)));
  expect(await held(sandboxes)).toEqual({ 0: '0', 2: '1' });
});

test('where the devices of a sandbox are there no more it is opened anew on others, and the agent is told', async () => {
  const { worker, outputs, sandboxes } = await twoLeftBehind(createBubblewrap({ home: folder() }));
  const next = worker('1', '2');
  next.gate(0).leave(2);
  const first = next.play(0);
  expect(await first.result).toMatchObject({ end: 'submitted' });
  expect(await outputs(0)).toEqual(['0\n', `2\n${RESTARTED}`]);
  await sandboxes.destroy(idOf(1));
});

test('an attempt waits for the older one that still has the devices, and plays nothing where that one has ended', async () => {
  const sandboxes = fakeSandboxes();
  const { worker } = machine({ root: folder(), sandboxes });
  const only = worker('0', '1');
  const older = only.play(0);
  await eventually(() => only.gate(0).waiting() === 1);
  const newer = only.play(0);
  const other = only.play(1);
  await eventually(() => only.gate(1).waiting() === 1);
  expect(await held(sandboxes)).toEqual({ 0: '0', 1: '1' });
  for (const member of [0, 1]) only.gate(member).leave(3);
  expect(await newer.result).toEqual(await older.result);
  await other.result;
  expect(sandboxes.effects.filter((effect) => effect.startsWith(idOf(0)))).toHaveLength(3);
});

test('who waits for a device that another rollout holds is not stuck, however long, and lets go when its worker is stopped', async () => {
  const { worker, store } = machine({ root: folder(), sandboxes: fakeSandboxes(), stuckAfter: '1s' });
  const only = worker('0');
  const set = await only.devices.acquire(1);
  const { environment, result } = only.play(0);
  const beats: unknown[] = [];
  environment.on('heartbeat', (details) => beats.push(details));
  await eventually(() => beats.length > 20); // at most ten a second
  expect(beats.at(-1)).toMatchObject({ state: 'waits-for-devices' });
  only.draining.abort();
  await expect(result).rejects.toMatchObject({ type: 'WorkerShutdown' });
  expect(await store.list(`${keys.rollout(idOf(0))}/leases`)).toEqual([]);
  only.devices.release(set);
});
