import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { readEnvironment } from '../../config/environment.ts';
import { DEPLOYMENT, versioningOf } from '../../workers/versioning.ts';
import { temporalCli } from '../support/dev-server.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { gatedPolicy } from '../support/gated-policy.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { testServer } from '../support/server.ts';
import { runsOf } from '../support/runs.ts';
import { openWorld, type World } from '../support/workflows.ts';

const execute = promisify(execFile);
const { versioning } = readEnvironment('.', { LONGHAUL_VERSIONING: 'pinned' });
const policy = gatedPolicy();
let world: World;
beforeAll(async () => {
  world = await openWorld({
    sandboxes: fakeSandboxes(),
    policy: () => policy,
    versioning: versioningOf({ versioning }, 'old'),
  });
});
afterAll(() => world.close());

const runs = runsOf(() => world);
const start = () => runs.start(tinyRecipe());

async function versionOf(handle: WorkflowHandle): Promise<string | null | undefined> {
  const { raw } = await handle.describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
}

/** The README's command; a version is known once a worker of it has polled. */
const makeCurrent = (buildId: string): Promise<void> =>
  eventually(async () => {
    const command = ['worker', 'deployment', 'set-current-version', '--deployment-name', DEPLOYMENT];
    const options = ['--build-id', buildId, '--yes', '--address', testServer().address];
    const done = execute(temporalCli(), [...command, ...options]);
    return done.then(
      () => true,
      () => false,
    );
  });

test('a run ends on the code that it began with, and what begins later is given to the version that is current then', async () => {
  const { address, bundlePath } = testServer();
  const connection = await NativeConnection.connect({ address });
  await world.whileWorking(async () => {
    await makeCurrent('old');
    const first = await start();
    await eventually(() => policy.waiting() === 4);
    const newer = await Worker.create({
      connection,
      taskQueue: world.queue,
      workflowBundle: { codePath: bundlePath },
      ...versioningOf({ versioning }, 'new'),
    });
    await newer.runUntil(async () => {
      await makeCurrent('new');
      const second = await start();
      await eventually(() => policy.waiting() === 8);
      policy.leave(2 * 5 * 3);
      expect(await first.result()).toMatchObject({ state: 'completed' });
      expect(await second.result()).toMatchObject({ state: 'completed' });
      expect(await versionOf(first)).toBe('old');
      expect(await versionOf(second)).toBe('new');
      const stage = world.client.workflow.getHandle(`${first.workflowId}.distill`);
      expect(await versionOf(stage)).toBe('old');
    });
  });
  await connection.close();
}, 120_000);

test('a worker has no version where it is switched off', () => {
  expect(versioningOf({ versioning: 'off' }, 'v')).toEqual({});
  const automatic = versioningOf({ versioning: 'auto' }, 'v').workerDeploymentOptions;
  expect(automatic).toMatchObject({ defaultVersioningBehavior: 'AUTO_UPGRADE', version: { buildId: 'v' } });
});
