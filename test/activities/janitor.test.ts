import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createMachineJanitor, createStoreJanitor } from '../../activities/janitor.ts';
import type { Swept } from '../../activities/janitor/part-by-part.ts';
import { createFolderStore } from '../../activities/store.ts';
import { keys } from '../../core/names.ts';
import { endedRun } from '../support/ended-run.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { temporaryFolders } from '../support/temporary.ts';

const folder = temporaryFolders();
const run = <T>(activity: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(activity);

/** A file that was last written two hours ago. */
function old(file: string): void {
  writeFileSync(file, 'x');
  const then = Date.now() / 1000 - 7200;
  utimesSync(file, then, then);
}

/** A machine with one sandbox for each id, and how it is swept while these workflows run. */
async function machine(...ids: string[]) {
  const sandboxes = fakeSandboxes();
  const [store, scratch] = [createFolderStore(folder()), folder()];
  for (const id of ids) {
    const labels = { run: 'r', rollout: id.replace('.judge', '') };
    await sandboxes.open({ id, labels } as Parameters<typeof sandboxes.open>[0]);
  }
  const sweep = (isRunning: (id: string) => Promise<boolean>): Promise<Swept> =>
    run(createMachineJanitor({ sandboxes, store, scratch, isRunning }).sweepMachine);
  return { sandboxes, store, scratch, sweep };
}

const only =
  (...running: string[]) =>
  async (id: string): Promise<boolean> =>
    running.includes(id);

test('a sandbox goes when no running rollout owns it, and stays when one does', async () => {
  const { sandboxes, scratch, sweep } = await machine('r.distill.0.a.0', 'r.distill.0.a.0.judge', 'r.distill.0.b.0');
  old(join(scratch, 'old.tar'));
  writeFileSync(join(scratch, 'new.tar'), 'x');
  expect(await sweep(only('r.distill.0.b.0'))).toEqual({ sandboxes: 2, files: 1, leases: 0, rollouts: 0 });
  expect(sandboxes.names()).toEqual(['r.distill.0.b.0']);
});

test('a sandbox stays while its rollout has no record and its run runs: a parked stage goes on with it', async () => {
  const { sandboxes, store, sweep } = await machine('r.distill.0.a.0', 'r.distill.0.b.0');
  await store.writeJson(keys.record('r.distill.0.b.0'), {});
  expect(await sweep(only('r'))).toMatchObject({ sandboxes: 1 });
  expect(sandboxes.names()).toEqual(['r.distill.0.a.0']);
  expect(await sweep(only())).toMatchObject({ sandboxes: 1 });
  expect(sandboxes.names()).toEqual([]);
});

test('a workflow that cannot be asked after keeps its sandbox, and the other sandboxes go', async () => {
  const { sandboxes, scratch, sweep } = await machine('r.distill.0.a.0', 'r.distill.0.b.0', 'r.distill.0.c.0');
  old(join(scratch, 'old.tar'));
  const asked = async (id: string): Promise<boolean> => {
    if (id === 'r.distill.0.a.0') throw new Error('no server');
    return false;
  };
  await expect(sweep(asked)).rejects.toMatchObject({
    type: 'PartlySwept',
    message: '1 could not be swept: sandbox r.distill.0.a.0: Error: no server',
    details: [{ sandboxes: 2, files: 1, leases: 0, rollouts: 0 }],
  });
  expect(sandboxes.names()).toEqual(['r.distill.0.a.0']);
});

test('a sandbox that cannot be destroyed is named, and the other sandboxes and files go', async () => {
  const { sandboxes, scratch, sweep } = await machine('r.distill.0.a.0', 'r.distill.0.b.0');
  old(join(scratch, 'old.tar'));
  const destroy = sandboxes.destroy.bind(sandboxes);
  sandboxes.destroy = (id) =>
    id.endsWith('a.0') ? Promise.reject(new Error("the sandbox's supervisor does not end")) : destroy(id);
  await expect(sweep(only())).rejects.toMatchObject({
    message: "1 could not be swept: sandbox r.distill.0.a.0: Error: the sandbox's supervisor does not end",
    details: [{ sandboxes: 1, files: 1 }],
  });
  expect(sandboxes.names()).toEqual(['r.distill.0.a.0']);
});

test('of many that could not be swept a few are named and the others counted', async () => {
  const { sweep } = await machine(...['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((task) => `r.distill.0.${task}.0`));
  const told = /^8 could not be swept: sandbox r.distill.0.a.0: Error: no server; .*; and 3 more$/;
  await expect(sweep(async () => Promise.reject(new Error('no server')))).rejects.toThrow(told);
});

test('a sweep that is cancelled stops there', async () => {
  const { sandboxes, store, scratch } = await machine('r.distill.0.a.0', 'r.distill.0.b.0');
  const environment = new MockActivityEnvironment();
  const asked: string[] = [];
  const isRunning = async (id: string): Promise<boolean> => {
    asked.push(id);
    environment.cancel('CANCELLED');
    throw new Error('the call was aborted');
  };
  const { sweepMachine } = createMachineJanitor({ sandboxes, store, scratch, isRunning });
  await expect(environment.run(sweepMachine)).rejects.toThrow(CancelledFailure);
  expect(asked).toEqual(['r.distill.0.a.0']);
});

test('leases of rollouts with a record go, those of others stay, and so does what is just being written', async () => {
  const store = createFolderStore(folder());
  for (const rollout of ['r.distill.0.a.0', 'r.distill.0.b.0']) {
    await store.write(`${keys.rollout(rollout)}/leases/1`, 'record 0');
    await store.write(`${keys.held(rollout)}/1`, '3.000\n');
  }
  await store.writeJson(keys.record('r.distill.0.a.0'), {});
  mkdirSync(store.path('runs/r/checkpoints'), { recursive: true });
  old(store.path('runs/r/checkpoints/.sft.writing'));
  writeFileSync(store.path('runs/r/checkpoints/.rl.writing'), 'x');
  const { sweepStore } = createStoreJanitor({ store, isRunning: async () => true });
  expect(await run(sweepStore)).toEqual({ sandboxes: 0, files: 1, leases: 1, rollouts: 0 });
  expect(await store.list(`${keys.rollout('r.distill.0.a.0')}/leases`)).toEqual([]);
  expect(await store.list(`${keys.rollout('r.distill.0.b.0')}/leases`)).toEqual(['1']);
  expect(await store.list(keys.held('r.distill.0.a.0'))).toEqual([]);
  expect(await store.list(keys.held('r.distill.0.b.0'))).toEqual(['1']);
  expect(await store.list('runs/r/checkpoints')).toEqual(['.rl.writing']);
});

test('once a run has ended, its rollouts that play on are cancelled, and what its rules do not keep goes', async () => {
  const store = createFolderStore(folder());
  const of = await endedRun(store, 'r', tinyRecipe({ retention: { turnLogs: {} } }));
  await store.write(keys.turns('r.distill.0.a.0'), 'turns');
  await of.stage('distill', { rows: [{ rollout: 'r.distill.0.a.0', score: 0.5 }] });
  const ended: string[] = [];
  const endOrphans = async (run: string): Promise<number> => ended.push(run);
  const swept = (runs: boolean) =>
    run(createStoreJanitor({ store, isRunning: async () => runs, endOrphans }).sweepStore);
  expect(await swept(true)).toMatchObject({ files: 0, rollouts: 0 });
  expect(await swept(false)).toMatchObject({ files: 1, rollouts: 1 });
  expect(ended).toEqual(['r']);
});

test('a run that cannot be asked after is left alone, one that cannot be read is named, and the other runs are swept', async () => {
  const store = createFolderStore(folder());
  for (const run of ['a', 'b', 'c']) {
    await store.write(`${keys.rollout(`${run}.distill.0.t.0`)}/leases/1`, 'record 0');
    await store.writeJson(keys.record(`${run}.distill.0.t.0`), {});
  }
  const list = async (key: string): Promise<string[]> => {
    if (key === 'runs/b/rollouts') throw new Error('permission denied');
    return store.list(key);
  };
  const ended: string[] = [];
  const { sweepStore } = createStoreJanitor({
    store: { ...store, list },
    isRunning: async (run) => (run === 'a' ? Promise.reject(new Error('no server')) : false),
    endOrphans: async (run) => ended.push(run),
  });
  await expect(run(sweepStore)).rejects.toMatchObject({
    type: 'PartlySwept',
    message: '2 could not be swept: run a: Error: no server; files of run b: Error: permission denied',
    details: [{ leases: 1 }],
  });
  expect(ended).toEqual(['b', 'c']);
  expect(await store.list(`${keys.rollout('a.distill.0.t.0')}/leases`)).toEqual(['1']);
});

test('where rollouts of a run cannot be cancelled, what its rules do not keep goes all the same', async () => {
  const store = createFolderStore(folder());
  const of = await endedRun(store, 'r', tinyRecipe({ retention: { turnLogs: {} } }));
  await store.write(keys.turns('r.distill.0.a.0'), 'turns');
  await of.stage('distill', { rows: [{ rollout: 'r.distill.0.a.0', score: 0.5 }] });
  const endOrphans = async (): Promise<number> => Promise.reject(new Error('no visibility'));
  const { sweepStore } = createStoreJanitor({ store, isRunning: async () => false, endOrphans });
  await expect(run(sweepStore)).rejects.toMatchObject({
    message: '1 could not be swept: rollouts of run r: Error: no visibility',
    details: [{ files: 1 }],
  });
});
