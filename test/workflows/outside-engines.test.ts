import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { SyncedWeights, SyncWeightsInput } from '../../activities/weight-sync.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { fakeTraining } from '../support/fake-training.ts';
import { gatedPolicy } from '../support/gated-policy.ts';
import { trainingRecipe } from '../support/recipes.ts';
import { paged } from '../support/paged.ts';
import { runsOf } from '../support/runs.ts';
import { openWorld, type World, type WorldOptions } from '../support/workflows.ts';

const training = fakeTraining();
const policy = gatedPolicy();
const synced: string[] = [];
/** How many times the engines are brought to a checkpoint at once; after those it takes until it is cancelled. */
const quick = { syncs: Infinity };
let world: World;
beforeAll(async () => {
  const syncWeights = async ({ name, checkpoint }: SyncWeightsInput): Promise<SyncedWeights> => {
    synced.push(`${name} is ${checkpoint}`);
    if (quick.syncs-- === 0) await untilCancelled();
    return { version: checkpoint, drained: [] };
  };
  const servePolicy = async (): Promise<never> => {
    throw new Error('the embedded server was asked to serve');
  };
  const instead = { ...training.activities, syncWeights, servePolicy };
  const around: WorldOptions['around'] = ({ planStage }) => ({ planStage: paged(planStage, 2) });
  world = await openWorld({ sandboxes: fakeSandboxes(), policy: () => policy, instead, around });
});
afterAll(() => world.close());

async function untilCancelled(): Promise<void> {
  const beats = setInterval(() => Context.current().heartbeat(), 100);
  await Context.current().cancelled.finally(() => clearInterval(beats));
}

const server = { type: 'sglang', url: ['http://a.internal:30000', 'http://b.internal:30000'], model: 'student' };

function start(stages = trainingRecipe()['stages']): Promise<WorkflowHandle> {
  synced.length = 0;
  const recipe = trainingRecipe();
  const student = { ...(recipe['student'] as object), server };
  return runs.start({ ...recipe, student, stages });
}

const runs = runsOf(() => world);

test('engines that somebody else runs are brought to a checkpoint before it is evaluated, and nothing else serves it', async () => {
  await world.whileWorking(async () => {
    policy.leave(9);
    const handle = await start();
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 3 });
  });
  expect(synced).toEqual(['sft is sft']);
});

test('a stage that ends while its engines are brought to the checkpoint again leaves no ledger open', async () => {
  await world.whileWorking(async () => {
    quick.syncs = 1;
    policy.leave(6);
    const init = { type: 'init', name: 'untrained', model: { mode: 'copying' } };
    const handle = await start([
      init,
      { type: 'evaluate', policies: ['untrained'], rolloutsPerTask: 3, timeout: '100s' },
    ]);
    await eventually(() => synced.length === 2);
    await handle.executeUpdate('abort', { args: [{}] });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
    expect((await runs.reportOf(handle)).ledger).toEqual({ planned: 3, scored: 2, infraFailed: 0, cancelled: 1 });
  });
});
