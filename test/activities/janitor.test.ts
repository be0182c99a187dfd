import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createMachineJanitor, createStoreJanitor, type Swept } from '../../activities/janitor.ts';
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

test('a workflow that cannot be asked after keeps its sandbox', async () => {
  const { sandboxes, sweep } = await machine('r.distill.0.a.0');
  await expect(sweep(async () => Promise.reject(new Error('no server')))).rejects.toThrow('no server');
  expect(sandboxes.names()).toEqual(['r.distill.0.a.0']);
});

test('leases of rollouts with a record go, those of others stay, and so does what is just being written', async () => {
  const store = createFolderStore(folder());
  for (const rollout of ['r.distill.0.a.0', 'r.distill.0.b.0']) {
    await store.write(`${keys.rollout(rollout)}/leases/1`, 'record 0');
  }
  await store.writeJson(keys.record('r.distill.0.a.0'), {});
  mkdirSync(store.path('runs/r/checkpoints'), { recursive: true });
  old(store.path('runs/r/checkpoints/.sft.writing'));
  writeFileSync(store.path('runs/r/checkpoints/.rl.writing'), 'x');
  const { sweepStore } = createStoreJanitor({ store, isRunning: async () => true });
  expect(await run(sweepStore)).toEqual({ sandboxes: 0, files: 1, leases: 1, rollouts: 0 });
  expect(await store.list(`${keys.rollout('r.distill.0.a.0')}/leases`)).toEqual([]);
  expect(await store.list(`${keys.rollout('r.distill.0.b.0')}/leases`)).toEqual(['1']);
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
