import { expect } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { ensureJanitor } from '../../../workers/janitor-schedule.ts';
import { eventually } from '../../support/eventually.ts';
import { testServer } from '../../support/server.ts';
import type { World } from '../../support/workflows.ts';
import { broken, firstRollout, sandboxes, shell, type Scene } from './scene.ts';

const MANY = 1000;

async function parked(scene: Scene): Promise<WorkflowHandle> {
  broken.open = true;
  const handle = await scene.start();
  await scene.until('parked');
  broken.open = false;
  return handle;
}

/** On a machine that is busy with something else, heartbeats of two seconds are missed: no row is about that. */
const PATIENT = { clock: { type: 'virtual' }, heartbeat: '2s', attempts: 50 };

async function playing(scene: Scene): Promise<WorkflowHandle> {
  const handle = await scene.start({ rollout: PATIENT });
  await eventually(() => scene.policy.waiting() === 4);
  return handle;
}

/** What is done to a run that is being played, and shows that the command did something. */
const onPlaying = (shows: (scene: Scene, handle: WorkflowHandle) => Promise<void>) => async (scene: Scene) => {
  const handle = await playing(scene);
  await scene.command();
  await shows(scene, handle);
  await scene.completes(handle);
};

const waits = (count: number) => (scene: Scene) => eventually(() => scene.policy.waiting() === count);
const cli = (scene: Scene, verb: string) => async () =>
  shell(`temporal activity ${verb} -w ${await firstRollout(scene.world)} --activity-id 1`);

async function resets(id: (world: World) => Promise<string> | string, scene: Scene): Promise<void> {
  await playing(scene);
  const before = await scene.world.client.workflow.getHandle(await id(scene.world)).describe();
  await scene.command();
  await eventually(async () => {
    const now = await scene.world.client.workflow.getHandle(await id(scene.world)).describe();
    return now.runId !== before.runId && now.status.name === 'RUNNING';
  });
  await scene.completes(scene.world.client.workflow.getHandle(scene.world.run));
}

/** How each sight of the table comes about, and how one sees that its command helped. */
export const SCENES: [sight: RegExp, play: (scene: Scene) => Promise<void>][] = [
  [
    /what broke is mended/,
    async (scene) => {
      const handle = await parked(scene);
      await scene.command();
      await scene.completes(handle);
    },
  ],
  [
    /not worth mending/,
    async (scene) => {
      const handle = await parked(scene);
      await scene.command();
      await scene.completes(handle);
    },
  ],
  [
    /BudgetReached/,
    async (scene) => {
      const handle = await scene.start({ budget: { tokens: 80 } });
      scene.policy.leave(MANY);
      await scene.until('parked');
      await scene.command();
      await handle.executeUpdate('resume', { args: [{}] });
      await scene.completes(handle);
    },
  ],
  [
    /approval before/,
    async (scene) => {
      const handle = await scene.start({ approve: { before: ['distill'] } });
      await scene.until('waiting');
      await scene.command();
      await scene.completes(handle);
    },
  ],
  [
    /machines are needed/,
    async (scene) => {
      const handle = await playing(scene);
      await scene.command();
      await scene.until('paused');
      await handle.executeUpdate('resume', { args: [{}] });
      await scene.completes(handle);
    },
  ],
  [
    /machines are back/,
    async (scene) => {
      const handle = await playing(scene);
      await handle.executeUpdate('pause', { args: [{}] });
      await scene.command();
      await scene.until('running');
      await scene.completes(handle);
    },
  ],
  [
    /it was a mistake/,
    async (scene) => {
      const handle = await playing(scene);
      await scene.command();
      await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted', message: 'wrong recipe' } });
    },
  ],
  [/stand still for a while/, onPlaying(async (scene) => waits(3)(scene).then(cli(scene, 'unpause')))],
  [
    /`runAgent` is paused/,
    async (scene) => {
      const handle = await playing(scene);
      await cli(scene, 'pause')();
      await waits(3)(scene);
      await scene.command();
      await waits(4)(scene);
      await scene.completes(handle);
    },
  ],
  [/waits long for its next attempt/, onPlaying(waits(4))],
  [/by new code/, (scene) => resets(firstRollout, scene)],
  [/a stage hangs/, (scene) => resets(({ run }) => `${run}.distill`, scene)],
  [/the run itself hangs/, (scene) => resets(({ run }) => run, scene)],
  [
    /\*\*terminated\*\*/,
    async (scene) => {
      const handle = await playing(scene);
      await handle.terminate('the wrong window');
      await scene.command();
      await scene.completes(handle);
    },
  ],
  [
    /run no longer/,
    async (scene) => {
      const native = await NativeConnection.connect({ address: testServer().address });
      const { queue: taskQueue, client } = scene.world;
      await ensureJanitor(native, { namespace: 'default', taskQueue, everySeconds: 3600 });
      await native.close();
      const labels = { run: 'gone', rollout: 'gone.distill.0.a.0' };
      await sandboxes.open({ id: 'gone', labels } as Parameters<typeof sandboxes.open>[0]);
      await scene.command();
      await eventually(() => !sandboxes.names().includes('gone'));
      await client.schedule.getHandle(`longhaul-janitor-${taskQueue}`).delete();
    },
  ],
];
