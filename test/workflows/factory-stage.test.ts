import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { summarise, type JudgeInput } from '../../activities/judge.ts';
import { recordOutcome } from '../../activities/record-outcome.ts';
import type { Store } from '../../activities/store.ts';
import { keys, rolloutId } from '../../core/names.ts';
import { report as reportSchema } from '../../core/report.ts';
import { recipe as recipeSchema } from '../../core/recipe.ts';
import type { RunStatus, StageStatus } from '../../core/status.ts';
import { eventually } from '../support/eventually.ts';
import { fakePaper, fakePapers, type FakePaper } from '../support/fake-papers.ts';
import { CALL_USD, factoryActivities, factoryTestRecipe, scriptedModels } from '../support/factory-world.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { tinyRecipe } from '../support/recipes.ts';
import { openWorld, type World } from '../support/workflows.ts';

const models = scriptedModels();
const papers: FakePaper[] = [];
let world: World;
let opened: Store;
beforeAll(async () => {
  world = await openWorld({
    sandboxes: fakeSandboxes(),
    factory: (store) => factoryActivities((opened = store), { papers: fakePapers(store, papers), model: models.model }),
    instead: { judge: judgeByNothing },
  });
});
afterAll(() => world.close());

/** Every submission is worth a half: what is judged here is the way of the tasks, not the judge. */
async function judgeByNothing({ place, policy, played }: JudgeInput) {
  const { end, turns, activeSeconds, sandboxSeconds, usage } = played;
  const record = { rollout: rolloutId(place), task: place.task, policy, outcome: 'scored' as const, score: 0.5, end };
  return summarise(await recordOutcome(opened, { ...record, turns, activeSeconds, sandboxSeconds, usage }));
}

let runs = 0;
const start = (recipe: object): Promise<WorkflowHandle> =>
  world.client.workflow.start('train', {
    workflowId: `${world.run}-${runs++}`,
    taskQueue: world.queue,
    args: [recipe],
  });
const recipeOf = (factory: object = {}, tasks: object = {}): Record<string, unknown> => {
  const { models: table, factory: settings } = factoryTestRecipe(factory);
  return tinyRecipe({
    tasks: { type: 'factory', heldout: 1, ...tasks },
    models: table,
    judge: { type: 'llm', model: Object.keys(table as object)[0], variant: 'code-development' },
    factory: settings,
    stages: [{ type: 'evaluate', policies: ['idle'], rolloutsPerTask: 1, timeout: '100s' }],
  });
};
const decide = (handle: WorkflowHandle, name: string, input: object = {}): Promise<unknown> =>
  handle.executeUpdate(name, { args: [input] });
const statusOf = (handle: WorkflowHandle): Promise<RunStatus> => handle.query('status');

test('train makes its tasks by its first stage and plays them, and its report counts papers and what they cost', async () => {
  papers.splice(0, papers.length, fakePaper('alpha'), fakePaper('beta'), fakePaper('gamma'));
  await world.whileWorking(async () => {
    const handle = await start(recipeOf());
    expect(await handle.result()).toMatchObject({ state: 'completed', planned: 1, scored: 1 });
    const status = await statusOf(handle);
    expect(status.stages[0]).toMatchObject({ name: 'factory', state: 'completed', papers: { found: 3, made: 3 } });
    const { stages, cost } = reportSchema.parse(await world.store.readJson(keys.report(handle.workflowId)));
    expect(stages.map(({ name, papers }) => [name, papers?.made])).toEqual([
      ['factory', 3],
      ['evaluate-idle', undefined],
    ]);
    expect(cost.usd).toBeCloseTo(3 * 6 * CALL_USD);
    const page = (await world.store.read(keys.reportPage(handle.workflowId))).toString();
    expect(page).toContain('3 papers found, 3 tasks made');
  });
});

test('an approval, a pause and a resume reach the factory through its run', async () => {
  papers.splice(0, papers.length, fakePaper('delta'), fakePaper('epsilon'));
  await world.whileWorking(async () => {
    const handle = await start(recipeOf({ approveAfter: 1 }));
    const factory = world.client.workflow.getHandle(`${handle.workflowId}.factory`);
    await eventually(async () => (await statusOf(handle)).stages[0]?.papers?.made === 1);
    await eventually(async () => (await factory.query<StageStatus>('status')).state === 'parked');
    expect(await decide(handle, 'approve', { stage: 'factory' })).toEqual({ state: 'running', stage: 'factory' });
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 1 });
  });
});

test('tasks that do not suffice park the run with the reason; skip goes on to nothing it could play', async () => {
  papers.splice(0, papers.length, fakePaper('zeta'));
  await world.whileWorking(async () => {
    const handle = await start(recipeOf({}, { heldout: 2 }));
    await eventually(async () => (await statusOf(handle)).state === 'parked');
    expect((await statusOf(handle)).waitsFor).toContain('heldout asks for 2 tasks, and 1 are left');
    await decide(handle, 'abort');
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
  });
});

test.each([
  ['tasks that nobody makes', { factory: undefined }, 'factory: must say how the tasks are made'],
  [
    'a factory whose tasks nobody plays',
    { tasks: { type: 'micropapers', train: 1, heldout: 1 } },
    'factory: needs tasks of the type factory',
  ],
  ['a model that is not there', { models: {} }, 'factory.models.builder: no such model; there is none'],
])('a recipe with %s is refused', (_, changes, why) => {
  const { error } = recipeSchema.safeParse({ ...recipeOf(), ...changes });
  expect(error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toContain(why);
});
