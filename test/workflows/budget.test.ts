import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { keys } from '../../core/names.ts';
import { report as reportSchema } from '../../core/report.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { gatedPolicy } from '../support/gated-policy.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { runsOf } from '../support/runs.ts';
import { openWorld, type World } from '../support/workflows.ts';

/** A turn takes 11 tokens, a rollout three turns. */
const policy = gatedPolicy({ inputTokens: 10, outputTokens: 1 });
let world: World;
beforeAll(async () => {
  world = await openWorld({ sandboxes: fakeSandboxes(), policy: () => policy });
});
afterAll(() => world.close());

const { start: begin, statusOf, decide, until } = runsOf(() => world);
const start = (changes: object) => begin(tinyRecipe(changes));
const TURNS = { distill: 4 * 3, idle: 3 };

test('a budget parks the run before it is exceeded, and goes on when it is raised', async () => {
  await world.whileWorking(async () => {
    policy.leave(TURNS.distill + TURNS.idle);
    // One rollout of three turns takes 3 × (10 + 1) tokens.
    const handle = await start({ budget: { tokens: 80 } });
    await until(handle, 'parked');
    const { waitsFor, scored, cost } = await statusOf(handle);
    expect(waitsFor).toContain('BudgetReached: budget.tokens is 80');
    expect(scored).toBeGreaterThan(0);
    expect(scored).toBeLessThan(4);
    expect(cost.inputTokens + cost.outputTokens).toBeLessThanOrEqual(80);
    await expect(decide(handle, 'tune', { budget: { token: 1 } })).rejects.toMatchObject({
      cause: { message: 'budget: Unrecognized key: "token"' },
    });
    await decide(handle, 'tune', { budget: { tokens: 10_000 } });
    await decide(handle, 'resume');
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 5, planned: 5 });
  });
});

test('a run that is begun again has spent what it had spent', async () => {
  await world.whileWorking(async () => {
    policy.leave(TURNS.distill);
    const recipe = { budget: { tokens: 4 * 3 * 11 } };
    const handle = await start(recipe);
    await until(handle, 'parked');
    const { cost } = await statusOf(handle);
    expect(cost.inputTokens + cost.outputTokens).toBe(4 * 3 * 11);
    await handle.terminate('the server was lost');
    const options = { workflowId: handle.workflowId, taskQueue: world.queue, args: [tinyRecipe(recipe)] };
    const again = await world.client.workflow.start('train', options);
    await until(again, 'parked');
    expect((await statusOf(again)).cost).toEqual(cost);
    await decide(again, 'tune', { budget: { tokens: 10_000 } });
    await decide(again, 'resume');
    policy.leave(TURNS.idle);
    expect(await again.result()).toMatchObject({ state: 'completed', scored: 5 });
  });
});

test('a budget that nobody had set before counts for the stage that runs', async () => {
  await world.whileWorking(async () => {
    const [distill, evaluate] = tinyRecipe()['stages'] as object[];
    const handle = await start({ stages: [{ ...distill, concurrency: 1 }, evaluate] });
    await eventually(() => policy.waiting() === 1);
    await decide(handle, 'tune', { budget: { tokens: 50 } });
    policy.leave(TURNS.distill + TURNS.idle);
    await until(handle, 'parked');
    expect(await statusOf(handle)).toMatchObject({ stage: 'distill', scored: 1 });
    await decide(handle, 'tune', { budget: { tokens: 10_000 } });
    await decide(handle, 'resume');
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 5 });
  });
});

test('a stage that is given up after the budget was reached keeps its scores in a ledger that closes', async () => {
  await world.whileWorking(async () => {
    policy.leave(TURNS.distill + TURNS.idle);
    const handle = await start({ budget: { tokens: 80 } });
    await until(handle, 'parked');
    await decide(handle, 'tune', { budget: { tokens: 10_000 } });
    await decide(handle, 'skip');
    expect(await handle.result()).toMatchObject({ state: 'completed' });
    const report = reportSchema.parse(await world.store.readJson(keys.report(handle.workflowId)));
    const { planned, scored, infraFailed, cancelled } = report.ledger;
    expect(planned).toBe(scored + infraFailed + cancelled);
    expect(report.stages.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'distill skipped',
      'evaluate-idle completed',
    ]);
    policy.leave(0);
  });
});
