import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createReproduction } from '../../activities/reproduction.ts';
import { chooseSandbox } from '../../activities/sandboxes/choose.ts';
import { createDeviceAllocator } from '../../activities/sandboxes/devices.ts';
import type { Holding } from '../../activities/sandboxes/sandbox.ts';
import { createFolderStore } from '../../activities/store.ts';
import { reproduction } from '../../core/judging/reproduction.ts';
import { recipe } from '../../core/recipe.ts';
import { noUsage } from '../../core/trajectory.ts';
import { eventually } from '../support/eventually.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { temporaryFolders } from '../support/temporary.ts';
import { putSubmission } from '../support/workspaces.ts';

const folder = temporaryFolders();
const settings = recipe.parse(tinyRecipe({ tasks: { type: 'micropapers', train: 1, heldout: 1, gpus: 1 } }));
const place = { run: 'run', stage: 'distill', step: '0', task: 'one', member: 0 };
const gpu = { ids: ['0'], paths: ['/dev/zero'] };

/** A submission on a machine whose one GPU is kept by a sandbox of this name. */
async function keptBy(sandbox: string) {
  const store = createFolderStore(folder());
  const { provider: sandboxes } = await chooseSandbox({ home: folder(), unsafe: false });
  const submission = await putSubmission(store, { 'reproduce.sh': 'echo done\n' }, { folder: folder() });
  const holdings: Holding[] = [{ sandbox, devices: gpu }];
  const looks = { count: 0 };
  const look = async (): Promise<Holding[]> => {
    looks.count += 1;
    return [...holdings];
  };
  const devices = createDeviceAllocator(
    { devices: [{ id: '0', path: '/dev/zero' }], shared: [] },
    { holdings: look, lookMs: 5 },
  );
  const { reproduceSubmission } = createReproduction({
    store,
    sandboxes,
    devices,
    scratch: folder(),
    recipe: async () => settings,
  });
  const played = { end: 'submitted', turns: 1, activeSeconds: 1, sandboxSeconds: 1, usage: noUsage() } as const;
  const input = {
    place,
    played: { ...played, submission, unsafeSandbox: false, reproduce: '60s' },
    recipe: { uri: 'store:recipe', sha256: 'x', bytes: 1 },
  };
  const attempt = async (count: number) => {
    const named = await new MockActivityEnvironment({ attempt: count }).run(reproduceSubmission, input);
    return reproduction.parse(
      await store.readJson(store.keyOf(named as { uri: string; sha256: string; bytes: number })),
    );
  };
  return { attempt, holdings, looks };
}

test('a submission is run on the devices of its own sandbox where that lives', async () => {
  const { attempt } = await keptBy('run.distill.0.one.0.reproduce');
  expect(await attempt(1)).toMatchObject({ exitCode: 0 });
});

test('it gives up its slot to those whose sandboxes keep the devices, and in the end waits for them', async () => {
  const { attempt, holdings, looks } = await keptBy('run.distill.0.two.0.reproduce');
  await expect(attempt(5)).rejects.toMatchObject({ type: 'DevicesKept', nextRetryDelay: 2000 });
  const waits = attempt(6);
  const before = looks.count;
  await eventually(() => looks.count > before + 2);
  holdings.length = 0;
  expect(await waits).toMatchObject({ exitCode: 0 });
});
