import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { WorkflowHandle } from '@temporalio/client';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunStatus, StageStatus } from '../../core/status.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { gatedPolicy } from '../support/gated-policy.ts';
import { fakeTraining } from '../support/fake-training.ts';
import { fakePaper, fakePapers } from '../support/fake-papers.ts';
import { factoryActivities, factoryTestRecipe, scriptedModels } from '../support/factory-world.ts';
import { trainingRecipe } from '../support/recipes.ts';
import { openWorld, type World } from '../support/workflows.ts';

/**
 * Records the histories that `test/workflows/replay.test.ts` replays: `npm run record-histories`. Do that when a workflow is
 * meant to change; a running workflow of the old code would then need a patch or a version of its own.
 */
const broken = { open: false };
const sandboxes = fakeSandboxes();
const failing = {
  ...sandboxes,
  open: (spec: Parameters<typeof sandboxes.open>[0]) =>
    broken.open ? Promise.reject(new Error('no space left on device')) : sandboxes.open(spec),
};
const policy = gatedPolicy({ inputTokens: 10, outputTokens: 1 });
const recipe = { ...trainingRecipe(), tasks: { type: 'micropapers', train: 2, heldout: 1 } };
const papers = ['alpha', 'beta', 'gamma'].map((id) => fakePaper(id));
const models = scriptedModels();
let world: World;
beforeAll(async () => {
  world = await openWorld({
    sandboxes: failing,
    policy: () => policy,
    instead: fakeTraining().activities,
    factory: (store) => factoryActivities(store, { papers: fakePapers(store, papers), model: models.model }),
  });
});
afterAll(() => world.close());

type Play = (handle: WorkflowHandle) => Promise<void>;

interface Recorded {
  type: string;
  input: object;
  /** Where it runs, if not where the others do. */
  at?: World;
}

async function record(path: string, play: Play, of: Recorded = { type: 'train', input: recipe }) {
  const { type, input, at = world } = of;
  const workflowId = `${at.run}-${path}`;
  await at.whileWorking(async () => {
    const handle = await at.client.workflow.start(type, { workflowId, taskQueue: at.queue, args: [input] });
    await play(handle);
    await handle.result().catch(() => undefined);
  });
  const saved = new Set<string>();
  for await (const { workflowId: id, runId, type: found } of world.client.workflow.list({ query: `LonghaulRun="${workflowId}"` })) {
    if (saved.has(found)) continue;
    saved.add(found);
    await save(path, found, world.client.workflow.getHandle(id, runId));
  }
  expect([...saved].toSorted()).toContain(type);
}

async function save(path: string, type: string, handle: WorkflowHandle): Promise<void> {
  writeFileSync(join(__dirname, `${path}.${type}.json`), `${historyToJSON(await handle.fetchHistory())}\n`);
}

const statusOf = (handle: WorkflowHandle): Promise<RunStatus> => handle.query('status');
const decide = (handle: WorkflowHandle, name: string) => handle.executeUpdate(name, { args: [{}] });
const TURNS = 5 * 3;

test('quiet', () => record('quiet', async () => policy.leave(TURNS)));

test('paused', () =>
  record('paused', async (handle) => {
    await eventually(() => policy.waiting() === 4);
    await decide(handle, 'pause');
    const stage = world.client.workflow.getHandle(`${handle.workflowId}.distill`);
    await eventually(async () => (await stage.query<StageStatus>('status')).state === 'paused');
    policy.leave(4);
    await eventually(() => policy.waiting() === 0);
    policy.leave(TURNS - 4);
    await decide(handle, 'resume');
  }));

test('skipped', () =>
  record('skipped', async (handle) => {
    await eventually(() => policy.waiting() === 4);
    await decide(handle, 'skip');
    await eventually(() => policy.waiting() === 1);
    policy.leave(3);
  }));

test('aborted', () =>
  record('aborted', async (handle) => {
    await eventually(() => policy.waiting() === 4);
    await decide(handle, 'abort');
  }));

test('parked', () =>
  record('parked', async (handle) => {
    broken.open = true;
    await eventually(async () => (await statusOf(handle)).state === 'parked');
    broken.open = false;
    policy.leave(TURNS);
    await decide(handle, 'resume');
  }));

/** Papers become tasks: the first one waits for approval, and the rest is paused before it goes on. */
test('factory', () =>
  record(
    'factory',
    async (handle) => {
      const stateOf = async (): Promise<string> => (await handle.query<StageStatus>('status')).state;
      await eventually(async () => (await stateOf()) === 'waiting');
      await decide(handle, 'approve');
      await eventually(async () => (await stateOf()) === 'running');
      await decide(handle, 'pause');
      await decide(handle, 'resume');
    },
    { type: 'researchFactory', input: factoryTestRecipe({ approveAfter: 1 }) },
  ));
test('gated', () =>
  record(
    'gated',
    async (handle) => {
      policy.leave(TURNS);
      for (const stage of ['distill', 'sft']) {
        await eventually(async () => (await statusOf(handle)).waitsFor === `approval before stage ${stage}`);
        await decide(handle, 'approve');
      }
      await eventually(async () => (await statusOf(handle)).waitsFor === 'approval after stage sft');
      await decide(handle, 'approve');
    },
    { type: 'train', input: { ...recipe, approve: { before: ['distill', 'sft'], after: ['sft'] } } },
  ));

test('budget', () =>
  record(
    'budget',
    async (handle) => {
      policy.leave(TURNS);
      await eventually(async () => (await statusOf(handle)).state === 'parked');
      await handle.executeUpdate('tune', { args: [{ budget: { tokens: 1_000_000 } }] });
      await decide(handle, 'resume');
    },
    { type: 'train', input: { ...recipe, budget: { tokens: 80 } } },
  ));

test('resumed', async () => {
  policy.leave(TURNS);
  await record('resumed', async () => undefined, {
    type: 'train',
    input: { ...recipe, resumeFrom: `${world.run}-quiet` },
  });
});

/**
 * A run that tells a webhook, and the janitor: their workflows carry no attributes of a run. `swept` is of a janitor that swept one
 * part after the other, and is not recorded again.
 */
test('told', async () => {
  const nothing = { sandboxes: 0, files: 0, leases: 0, rollouts: 0 };
  const sweep = async () => nothing;
  const instead = { ...fakeTraining().activities, notify: async () => undefined, sweepMachine: sweep, sweepStore: sweep };
  const webhook = { url: 'https://example.com', secret: 'secret' };
  const at = await openWorld({ sandboxes, policy: () => policy, instead, webhook });
  policy.leave(TURNS);
  await record('told', async () => undefined, { type: 'train', input: recipe, at });
  await at.whileWorking(async () => {
    const { workflow } = at.client;
    for await (const { workflowId, runId } of workflow.list({ query: `WorkflowId STARTS_WITH "${at.run}-told.notify"` })) {
      await workflow.getHandle(workflowId).result();
      await save('told', 'notify', workflow.getHandle(workflowId, runId));
    }
    const handle = await workflow.start('janitor', { workflowId: `${at.run}-janitor`, taskQueue: at.queue, args: [] });
    await handle.result();
    await save('swept-apart', 'janitor', handle);
  });
  await at.close();
});
