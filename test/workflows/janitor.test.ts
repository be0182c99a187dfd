import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { createMachineJanitor, createStoreJanitor } from '../../activities/janitor.ts';
import { partlySwept } from '../../activities/janitor/part-by-part.ts';
import { folderOf, sandboxesFolder } from '../../activities/sandboxes/folders.ts';
import { createFolderStore } from '../../activities/store.ts';
import { keys } from '../../core/names.ts';
import { ensureJanitor, JANITOR } from '../../workers/janitor-schedule.ts';
import { createSweepWorker } from '../../workers/sweep-worker.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { gatedPolicy } from '../support/gated-policy.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { openWorld, type World, type WorldOptions } from '../support/workflows.ts';

const folder = temporaryFolder();
const store = createFolderStore(`${folder}/store`);
const sandboxes = fakeSandboxes();
const policy = gatedPolicy();
const sweeping = {
  ...createMachineJanitor({ sandboxes, store, scratch: `${folder}/tmp` }),
  ...createStoreJanitor({ store }),
};
const closes: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(closes.map((close) => close())));

async function worldWith(more: Partial<WorldOptions> = {}): Promise<World> {
  const world = await openWorld({ sandboxes, policy: () => policy, instead: sweeping, ...more });
  closes.push(world.close);
  return world;
}

const start = ({ client, queue }: World, type: 'train' | 'janitor', ...args: object[]) =>
  client.workflow.start(type, { workflowId: `${queue}-${type}`, taskQueue: queue, args });

const ABANDONED = 'gone.distill.0.a.0';
const abandon = (id = ABANDONED) =>
  sandboxes.open({ id, labels: { run: 'gone', rollout: id } } as Parameters<typeof sandboxes.open>[0]);

test('the janitor comes by schedule, asks the server who runs, and takes only what nobody owns', async () => {
  const world = await worldWith();
  const native = await NativeConnection.connect({ address: testServer().address });
  const schedule = { namespace: 'default', taskQueue: world.queue, everySeconds: 3600 };
  await ensureJanitor(native, schedule);
  await ensureJanitor(native, schedule); // the one that is there stays
  await native.close();
  await world.whileWorking(async () => {
    const handle = await start(world, 'train', tinyRecipe());
    await eventually(() => policy.waiting() === 4);
    await abandon();
    expect(sandboxes.names()).toHaveLength(5);
    const janitor = world.client.schedule.getHandle(`${JANITOR}-${world.queue}`);
    await janitor.trigger();
    await eventually(() => sandboxes.names().length === 4);
    expect(sandboxes.names()).not.toContain(ABANDONED);
    policy.leave(5 * 3);
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 5 });
    await janitor.delete();
  });
});

test('a machine whose slots are all taken for as long as rollouts take is swept at once', async () => {
  const world = await worldWith();
  const distill = { type: 'distill', policy: 'teacher', timeout: '1500s', accept: { minScore: 0 } };
  const stages = [{ ...distill, rolloutsPerTask: 6, concurrency: 12 }];
  await world.whileWorking(async () => {
    const run = await start(world, 'train', tinyRecipe({ stages }));
    await eventually(() => policy.waiting() === 8); // of twelve: there are no more slots
    await abandon();
    const swept = await (await start(world, 'janitor')).result();
    expect(swept).toMatchObject({ machine: { sandboxes: 1 }, undone: [] });
    expect(policy.waiting()).toBe(8);
    policy.leave(12 * 3);
    expect(await run.result()).toMatchObject({ state: 'completed', scored: 12 });
  });
});

test('the store is swept while there is no machine to sweep', async () => {
  const world = await worldWith({ without: ['rollout', 'sweep'] });
  await store.write(`${keys.rollout(ABANDONED)}/leases/1`, 'record 0');
  await store.writeJson(keys.record(ABANDONED), {});
  await world.whileWorking(async () => {
    const janitor = await start(world, 'janitor');
    await eventually(async () => (await store.list(`${keys.rollout(ABANDONED)}/leases`)).length === 0);
    await janitor.terminate('nobody is there to sweep a machine');
  });
});

test('a cluster that plays on GPUs alone is swept: whoever plays rollouts takes sweeps too', async () => {
  const world = await worldWith({ without: ['rollout', 'sweep'] });
  const connection = await NativeConnection.connect({ address: testServer().address });
  const options = { connection, namespace: 'default', queue: world.queue, shutdownGraceTime: 0 };
  const sweeper = await createSweepWorker(options, { sandboxes, store, scratch: `${folder}/tmp` });
  await abandon();
  await world.whileWorking(async () => {
    const swept = await sweeper.runUntil((await start(world, 'janitor')).result());
    expect(swept).toMatchObject({ machine: { sandboxes: 1 }, undone: [] });
  });
  await connection.close();
});

const broken = (message: string) => async (): Promise<never> => {
  throw ApplicationFailure.create({ type: 'Error', message, nonRetryable: true });
};

test('what could not be swept is said, and the rest is done', async () => {
  const world = await worldWith({ instead: { ...sweeping, sweepMachine: broken('no such disk') } });
  await world.whileWorking(async () => {
    expect(await (await start(world, 'janitor')).result()).toEqual({
      machine: null,
      store: expect.objectContaining({ leases: 0 }) as unknown,
      undone: ['machine: Error: no such disk'],
    });
  });
});

test('what was swept of a part that could not be swept whole is said beside what could not', async () => {
  const swept = { sandboxes: 2, files: 0, leases: 0, rollouts: 0 };
  const partly = async () => {
    throw partlySwept(['sandbox a: Error: busy'], swept);
  };
  const world = await worldWith({ instead: { sweepMachine: partly, sweepStore: partly } });
  await world.whileWorking(async () => {
    expect(await (await start(world, 'janitor')).result()).toEqual({
      machine: swept,
      store: swept,
      undone: ['machine', 'store'].map((part) => `${part}: PartlySwept: 1 could not be swept: sandbox a: Error: busy`),
    });
  });
});

test('a janitor that has swept nothing fails, and says why', async () => {
  const instead = { sweepMachine: broken('no such disk'), sweepStore: broken('no such folder') };
  const world = await worldWith({ instead });
  await world.whileWorking(async () => {
    const janitor = await start(world, 'janitor');
    await expect(janitor.result()).rejects.toMatchObject({
      cause: {
        type: 'NothingSwept',
        message: 'nothing was swept: machine: Error: no such disk; store: Error: no such folder',
      },
    });
  });
});

/** A sandbox that a rollout of long ago has left in the home of a world. */
async function leftIn({ store }: World): Promise<string> {
  const left = folderOf(await sandboxesFolder(dirname(resolve(store.path('')))), ABANDONED);
  mkdirSync(join(left, 'journal'), { recursive: true });
  writeFileSync(
    join(left, 'meta.json'),
    JSON.stringify({ id: ABANDONED, labels: { run: 'gone', rollout: ABANDONED } }),
  );
  const then = Date.now() / 1000 - 7200;
  utimesSync(join(left, 'journal'), then, then);
  return left;
}

test('a process that plays rollouts sweeps its machine', async () => {
  const world = await worldWith({ without: ['rollout', 'sweep'] });
  const left = await leftIn(world);
  const worker = spawn(process.execPath, ['-r', './tools/typescript.cjs', 'workers/rollout.ts'], {
    env: {
      ...process.env,
      LONGHAUL_HOME: dirname(resolve(world.store.path(''))),
      LONGHAUL_QUEUE: world.queue,
      TEMPORAL_ADDRESS: testServer().address,
    },
    stdio: 'ignore',
  });
  try {
    await world.whileWorking(async () => {
      expect(await (await start(world, 'janitor')).result()).toMatchObject({ machine: { sandboxes: 1 } });
    });
    expect(existsSync(left)).toBe(false);
  } finally {
    worker.kill('SIGKILL');
  }
});
