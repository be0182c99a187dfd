import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { createMachineJanitor, createStoreJanitor } from '../../../activities/janitor.ts';
import { createFolderStore } from '../../../activities/store.ts';
import type { RunStatus } from '../../../core/status.ts';
import { temporalCli } from '../../support/dev-server.ts';
import { eventually } from '../../support/eventually.ts';
import { fakeSandboxes } from '../../support/fake-sandboxes.ts';
import { gatedPolicy } from '../../support/gated-policy.ts';
import { tinyRecipe } from '../../support/recipes.ts';
import { testServer } from '../../support/server.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { openWorld, type World } from '../../support/workflows.ts';

const MANY = 1000;
const execute = promisify(execFile);
const folder = temporaryFolder();
export const broken = { open: false };
export const sandboxes = fakeSandboxes();
const failing = {
  ...sandboxes,
  open: (spec: Parameters<typeof sandboxes.open>[0]) =>
    broken.open ? Promise.reject(new Error('no space left on device')) : sandboxes.open(spec),
};

/** What closing a stage's ledger may take. */
const LEDGER_MS = 30_000;

/** A run, with the policy that plays it. Each row has a world of its own: a reset must not meet another row's turns. */
export interface Scene {
  world: World;
  policy: ReturnType<typeof gatedPolicy>;
  start(changes?: object): Promise<WorkflowHandle>;
  status(): Promise<RunStatus>;
  until(state: string): Promise<void>;
  /** Executes the row's command against this run. */
  command(): Promise<void>;
  completes(handle: WorkflowHandle): Promise<void>;
}

export async function withScene(command: string, play: (scene: Scene) => Promise<void>): Promise<void> {
  const policy = gatedPolicy({ inputTokens: 10, outputTokens: 1 });
  const world = await openWorld({
    sandboxes: failing,
    policy: () => policy,
    instead: {
      ...createMachineJanitor({ sandboxes, store: createFolderStore(`${folder}/store`), scratch: `${folder}/tmp` }),
      ...createStoreJanitor({ store: createFolderStore(`${folder}/store`) }),
    },
  });
  const { client, queue, run } = world;
  const scene: Scene = {
    world,
    policy,
    async start(changes = {}) {
      const recipe = tinyRecipe(changes);
      writeFileSync(join(folder, 'recipe.json'), JSON.stringify(recipe));
      return client.workflow.start('train', { workflowId: run, taskQueue: queue, args: [recipe] });
    },
    status: () => client.workflow.getHandle(run).query('status'),
    until: (state) => eventually(async () => (await scene.status()).state === state),
    command: async () => shell(filledIn(command, world, await firstRollout(world))),
    async completes() {
      policy.leave(MANY);
      const began = performance.now();
      let wentOn = false;
      const isOver = async (): Promise<boolean> => {
        const { state, waitsFor } = await scene.status();
        // A stage that is skipped is parked until its ledger is closed.
        wentOn ||= state !== 'parked';
        const isStuck = state === 'parked' && (wentOn || performance.now() - began > LEDGER_MS);
        if (isStuck) throw new Error(`it has parked: ${waitsFor}`);
        return state === 'completed';
      };
      while (!(await isOver())) await delay(50);
      expect(await client.workflow.getHandle(run).result()).toMatchObject({ state: 'completed' });
    },
  };
  try {
    await world.whileWorking(() => play(scene));
  } finally {
    broken.open = false;
    await world.close();
  }
}

export const firstRollout = async ({ store, run }: World): Promise<string> =>
  (await store.list(`runs/${run}/rollouts`))[0] ?? 'none';

/** The command as the README has it, for this run, its first rollout and its queue. */
const filledIn = (command: string, { run, queue }: World, rollout: string): string =>
  command
    .replace('micro.distill.0.TASK.0', rollout)
    .replace('-w micro', `-w ${run}`)
    .replace('longhaul-janitor-longhaul', `longhaul-janitor-${queue}`)
    .replace('--task-queue longhaul', `--task-queue ${queue}`)
    .replace('config/recipes/micro.json', join(folder, 'recipe.json'));

export async function shell(command: string): Promise<void> {
  const path = `${dirname(temporalCli())}:${process.env.PATH}`;
  await execute('sh', ['-c', command], {
    env: { ...process.env, PATH: path, TEMPORAL_ADDRESS: testServer().address },
  });
}
