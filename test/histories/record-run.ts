import { test } from '@jest/globals';
import type { StageStatus } from '../../core/status.ts';
import { eventually } from '../support/eventually.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { record } from '../support/recording.ts';
import { runWorld, TURNS } from '../support/run-world.ts';

/** Records what an operator does to a run while its teacher plays: a part of `npm run record-histories`. */
const { world, policy, stops, start, decide, status, until } = runWorld();
const [distill, evaluate] = tinyRecipe()['stages'] as [object, object];
/** Two rollouts of a teacher, one after the other, and an evaluation. */
const recipe = tinyRecipe({
  tasks: { type: 'micropapers', train: 1, heldout: 1 },
  stages: [{ ...distill, concurrency: 1 }, evaluate],
});
const playing = () => eventually(() => policy.waiting() === 1);
const FIRST = { rollout: /distill.*\.0$/ };

test('quiet', () =>
  record(world(), 'quiet', async () => {
    policy.leave(3 * TURNS);
    const handle = await start('quiet');
    await handle.result();
    return { run: handle.workflowId };
  }));

test('paused', () =>
  record(world(), 'paused', async () => {
    const handle = await start('paused', recipe);
    await playing();
    await decide(handle, 'pause');
    const stage = world().client.workflow.getHandle(`${handle.workflowId}.distill`);
    await eventually(async () => (await stage.query<StageStatus>('status')).state === 'paused');
    policy.leave(1);
    await eventually(() => policy.waiting() === 0);
    policy.leave(3 * TURNS - 1);
    await decide(handle, 'resume');
    await handle.result();
    return { run: handle.workflowId, picks: FIRST };
  }));

test('tuned', () =>
  record(world(), 'tuned', async () => {
    const handle = await start('tuned', recipe);
    await playing();
    await decide(handle, 'tune', { concurrency: 2, timeout: '1000s', judgeQueue: 1 });
    await eventually(() => policy.waiting() === 2);
    await decide(handle, 'tune', { budget: { tokens: 10_000 } });
    policy.leave(3 * TURNS);
    await handle.result();
    return { run: handle.workflowId };
  }));

test('skipped', () =>
  record(world(), 'skipped', async () => {
    const handle = await start('skipped', recipe);
    await playing();
    await decide(handle, 'skip', { stage: 'distill' });
    await eventually(async () => (await status(handle)).stage === 'evaluate-idle');
    policy.leave(TURNS);
    await handle.result();
    return { run: handle.workflowId, picks: FIRST };
  }));

test('aborted', () =>
  record(world(), 'aborted', async () => {
    const handle = await start('aborted', recipe);
    await playing();
    await decide(handle, 'abort', { reason: 'the GPUs are needed elsewhere' });
    await handle.result().catch(() => undefined);
    return { run: handle.workflowId };
  }));

test.each(['cancelled', 'before/cancelled-runs-cancel-every-execution'])('%s', (path) =>
  record(world(), path, async () => {
    const handle = await start(path, recipe);
    await playing();
    await handle.cancel();
    await handle.result().catch(() => undefined);
    return { run: handle.workflowId };
  }),
);

/** It is paused while its last turn is played, so that it stands between two stages. */
test.each(['aborted-between', 'before/aborted-between-stages'])('%s', (path) =>
  record(world(), path, async () => {
    const handle = await start(path, recipe);
    policy.leave(2 * TURNS - 1);
    await eventually(() => policy.left() === 0 && policy.waiting() === 1);
    await decide(handle, 'pause');
    policy.leave(1);
    await until(handle, 'paused');
    await eventually(async () => (await status(handle)).stages[0]?.state === 'completed');
    await decide(handle, 'abort', { reason: 'enough' });
    policy.leave(TURNS); // before the patch it played on
    await handle.result().catch(() => undefined);
    return { run: handle.workflowId };
  }),
);

test('killed', () =>
  record(world(), 'killed', async () => {
    stops.sandboxes = true; // nothing plays meanwhile
    const handle = await start('killed', { ...recipe, maxInfraFailedShare: 1 });
    const rollout = `${handle.workflowId}.distill.0.`;
    const { workflow } = world().client;
    const query = `WorkflowId STARTS_WITH "${rollout}" AND ExecutionStatus = "Running"`;
    await eventually(async () => {
      for await (const { workflowId } of workflow.list({ query })) {
        await workflow.getHandle(workflowId).terminate('by hand');
        return true;
      }
      return false;
    });
    stops.sandboxes = false;
    policy.leave(2 * TURNS);
    await handle.result();
    return { run: handle.workflowId };
  }));
