import { test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { tinyRecipe, trainingRecipe } from '../support/recipes.ts';
import { record } from '../support/recording.ts';
import { runWorld, TURNS } from '../support/run-world.ts';

/** Records runs that park, and how they go on: a part of `npm run record-histories`. */
const { world, policy, training, stops, jobs, start, decide, until } = runWorld();
const [distill, evaluate] = tinyRecipe()['stages'] as [object, object];
/** Two rollouts of a teacher, one after the other, and an evaluation. */
const recipe = tinyRecipe({
  tasks: { type: 'micropapers', train: 1, heldout: 1 },
  stages: [{ ...distill, concurrency: 1 }, evaluate],
});
const FIRST = { rollout: /distill.*\.0$/ };

async function parked(name: string) {
  stops.sandboxes = true;
  const handle = await start(name, recipe);
  await until(handle, 'parked');
  stops.sandboxes = false;
  return handle;
}

test('parked', () =>
  record(world(), 'parked', async () => {
    const handle = await parked('parked');
    policy.leave(3 * TURNS);
    await decide(handle, 'resume');
    await handle.result();
    return { run: handle.workflowId, picks: FIRST };
  }));

test.each(['parked-skipped', 'before/skipped-runs-go-on'])('%s', (path) =>
  record(world(), path, async () => {
    const handle = await parked(path);
    policy.leave(TURNS);
    await decide(handle, 'skip');
    await handle.result();
    return { run: handle.workflowId };
  }),
);

test('parked-aborted', () =>
  record(world(), 'parked-aborted', async () => {
    const handle = await parked('parked-aborted');
    await decide(handle, 'abort', { reason: 'enough' });
    await handle.result().catch(() => undefined);
    return { run: handle.workflowId };
  }));

test.each(['parked-cancelled', 'before/cancelled-while-parked'])('%s', (path) =>
  record(world(), path, async () => {
    const handle = await parked(path);
    await handle.cancel();
    await handle.result().catch(() => undefined);
    return { run: handle.workflowId };
  }),
);

/** A rollout takes three turns of eleven tokens, so that the second does not fit. */
test.each(['budget', 'before/a-stage-that-fails-says-where-it-is'])('%s', (path) =>
  record(world(), path, async () => {
    policy.leave(3 * TURNS);
    const handle = await start(path, { ...recipe, budget: { tokens: 40 } });
    await until(handle, 'parked', 'BudgetReached');
    await decide(handle, 'tune', { budget: { tokens: 10_000 } });
    await decide(handle, 'resume');
    await handle.result();
    return { run: handle.workflowId };
  }),
);

test('key-refused', () =>
  record(world(), 'key-refused', async () => {
    const handle = await start('key-refused', recipe);
    await eventually(() => policy.waiting() === 1);
    stops.key = true;
    policy.leave(1);
    await until(handle, 'parked', 'ProviderRefused');
    stops.key = false;
    policy.leave(3 * TURNS - 1);
    await decide(handle, 'resume');
    await handle.result();
    return { run: handle.workflowId, picks: FIRST };
  }));

test('job-failed', () =>
  record(world(), 'job-failed', async () => {
    policy.leave(3 * TURNS);
    stops.jobs = true;
    const handle = await start('job-failed');
    await eventually(() => jobs.asked === 1);
    training.broken.job = 'a label is out of range';
    stops.jobs = false;
    await until(handle, 'parked', 'a label is out of range');
    delete training.broken.job;
    await decide(handle, 'resume');
    await handle.result();
    return { run: handle.workflowId, picks: { sft: /\.untrained$/ } };
  }));

test('job-skipped', () =>
  record(world(), 'job-skipped', async () => {
    stops.jobs = true;
    const handle = await start('job-skipped');
    await eventually(() => jobs.asked === 1);
    await decide(handle, 'skip');
    await eventually(() => policy.waiting() === 2);
    await decide(handle, 'abort');
    await handle.result().catch(() => undefined);
    return { run: handle.workflowId, picks: { sft: /\.untrained$/ } };
  }));

test('unserved', () =>
  record(world(), 'unserved', async () => {
    training.broken.serving = 'there is no checkpoint';
    policy.leave(2 * TURNS);
    const handle = await start('unserved', trainingRecipe());
    await until(handle, 'parked', 'there is no checkpoint');
    delete training.broken.serving;
    policy.leave(TURNS);
    await decide(handle, 'resume');
    await handle.result();
    return { run: handle.workflowId };
  }));
