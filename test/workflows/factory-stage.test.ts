import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { PaperTools } from '../../activities/factory/paper-tools.ts';
import type { Store } from '../../activities/store.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import { keys } from '../../core/names.ts';
import { report as reportSchema } from '../../core/report.ts';
import { recipe as recipeSchema } from '../../core/recipe.ts';
import { eventually } from '../support/eventually.ts';
import { fakePaper, fakePapers, type FakePaper } from '../support/fake-papers.ts';
import { CALL_USD, factoryActivities, factoryRunRecipe, scriptedModels } from '../support/factory-world.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { judgeByNothing } from '../support/judge-by-nothing.ts';
import { runsOf } from '../support/runs.ts';
import { openWorld, type World } from '../support/workflows.ts';

const models = scriptedModels();
const papers: FakePaper[] = [];
let world: World;
let opened: Store;
beforeAll(async () => {
  world = await openWorld({
    sandboxes: fakeSandboxes(),
    factory: (store) => factoryActivities((opened = store), { papers: counted(store), model: models.model }),
    instead: { judge: judgeByNothing(() => opened) },
  });
});
afterAll(() => world.close());

/** Papers that were made readable, in order. */
const read: string[] = [];
const counted = (store: Store): PaperTools => {
  const tools = fakePapers(store, papers);
  return { ...tools, convert: (of) => (read.push(of.place.paper), tools.convert(of)) };
};

const { start, statusOf, decide } = runsOf(() => world);
/** What the UI shows of it. */
const detailsOf = async (handle: WorkflowHandle): Promise<string> =>
  (await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;

test('train makes its tasks by its first stage and plays them, and its report counts papers and what they cost', async () => {
  papers.splice(0, papers.length, fakePaper('alpha'), fakePaper('beta'), fakePaper('gamma'));
  await world.whileWorking(async () => {
    const handle = await start(factoryRunRecipe());
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

test('a run whose factory waits for approval says so, and how to approve; the approval reaches the factory', async () => {
  papers.splice(0, papers.length, fakePaper('delta'), fakePaper('epsilon'));
  await world.whileWorking(async () => {
    const handle = await start(factoryRunRecipe({ approveAfter: 1 }));
    const run = handle.workflowId;
    await eventually(async () => (await statusOf(handle)).state === 'waiting');
    expect(await statusOf(handle)).toMatchObject({
      waitsFor: `stage factory: 1 rubrics are made, 1 papers wait: look at runs/${run}/factory/ in the store, then approve`,
      stages: [{ name: 'factory', state: 'waiting', papers: { made: 1 } }, {}],
    });
    const details = await detailsOf(handle);
    expect(details).toContain('**waiting**: stage factory: 1 rubrics are made');
    expect(details).toContain(
      `temporal workflow update execute -w ${run} --name approve --input '{"stage":"factory"}'`,
    );
    await expect(decide(handle, 'resume')).rejects.toMatchObject({
      cause: { message: 'a run that is waiting cannot be resumed' },
    });
    expect(await decide(handle, 'approve', { stage: 'factory' })).toMatchObject({ stage: 'factory' });
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 1 });
    expect(await statusOf(handle)).toMatchObject({ waitsFor: null });
  });
});

test('a run whose factory has spent its budget is parked; tune and resume reach the factory', async () => {
  papers.splice(0, papers.length, fakePaper('eta'), fakePaper('theta'), fakePaper('iota'));
  await world.whileWorking(async () => {
    const handle = await start(factoryRunRecipe({ budget: { usd: 1 }, concurrency: 1 }));
    const waits = (paid: string) => async (): Promise<boolean> =>
      (await statusOf(handle)).waitsFor?.startsWith(`stage factory: $${paid} are paid`) ?? false;
    await eventually(waits('1.50'));
    expect((await statusOf(handle)).state).toBe('parked');
    expect(await detailsOf(handle)).toContain(`-w ${handle.workflowId} --name resume --input '{}'`);
    await decide(handle, 'tune', { factory: { budget: { usd: 2 } } });
    await eventually(waits('3.00'));
    await expect(decide(handle, 'tune', { timeout: '10s' })).rejects.toMatchObject({
      cause: { message: 'timeout: stage factory plays no rollouts' },
    });
    await decide(handle, 'resume');
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 1 });
  });
});

test('the budget of a run parks it before its factory exceeds it', async () => {
  papers.splice(0, papers.length, fakePaper('tau'), fakePaper('phi'), fakePaper('chi'));
  await world.whileWorking(async () => {
    const handle = await start({ ...factoryRunRecipe({ concurrency: 3 }), budget: { usd: 3.5 } });
    await eventually(async () => (await statusOf(handle)).state === 'parked');
    expect(await statusOf(handle)).toMatchObject({
      waitsFor: expect.stringContaining(
        'BudgetReached: budget.usd is 3.5: 3 are used, and what comes next may take 1.5',
      ),
      cost: { usd: 3 },
    });
    await decide(handle, 'tune', { budget: { usd: 100 } });
    await decide(handle, 'resume');
    expect(await handle.result()).toMatchObject({ state: 'completed', scored: 1 });
    expect((await statusOf(handle)).stages[0]).toMatchObject({ papers: { made: 3 }, cost: { usd: 4.5 } });
  });
});

test('a run that resumes another takes its finished papers over, says so, and reads and pays for the others alone', async () => {
  papers.splice(0, papers.length, fakePaper('kappa'), fakePaper('lambda', { year: 1990 }), fakePaper('mu'));
  const settings = { approveAfter: 1, filters: [{ filter: 'years', from: 2000 }] };
  await world.whileWorking(async () => {
    const first = await start(factoryRunRecipe(settings));
    await eventually(async () => (await statusOf(first)).state === 'waiting');
    await first.terminate('the server was lost');
    read.length = 0;
    models.asked.length = 0;
    const second = await start({ ...factoryRunRecipe(settings), resumeFrom: first.workflowId });
    await eventually(async () => (await statusOf(second)).state === 'waiting');
    expect((await statusOf(second)).stages[0]?.papers).toMatchObject({ found: 3, made: 1, dropped: 1, takenOver: 2 });
    expect([read, models.asked]).toEqual([[], []]);
    await decide(second, 'approve');
    expect(await second.result()).toMatchObject({ state: 'completed', scored: 1 });
    expect(read).toEqual(['mu']);
    expect(models.asked).toHaveLength(6);
    const place = { run: second.workflowId, paper: 'kappa' };
    expect(await world.store.readJson(taskKeys.outcome(place))).toMatchObject({
      from: first.workflowId,
      cost: { calls: 6, reused: 6, paid: 0 },
    });
    const page = (await world.store.read(taskKeys.page(place))).toString();
    expect(page).toContain(`taken over from the run ${first.workflowId}`);
    await resumeWhole(second.workflowId);
  });
});

/** Of a factory that has come to its end nothing is begun again, whatever has changed of how it works. */
async function resumeWhole(run: string): Promise<void> {
  read.length = 0;
  const settings = { filters: [{ filter: 'years', from: 2000 }], concurrency: 3, approveAfter: 2 };
  const third = await start({ ...factoryRunRecipe(settings), resumeFrom: run });
  expect(await third.result()).toMatchObject({ state: 'completed', scored: 1 });
  const { stages, cost } = reportSchema.parse(await world.store.readJson(keys.report(third.workflowId)));
  expect(stages[0]).toMatchObject({ name: 'factory', reusedFrom: run, papers: { found: 3, made: 2, dropped: 1 } });
  expect(cost.usd).toBe(0);
  expect(read).toEqual([]);
  const { events } = await third.fetchHistory();
  const begun = events?.map((event) => event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId);
  expect(begun).not.toContain(`${third.workflowId}.factory`);
}

test('a factory that ended with too many failed papers is no finished one: begun anew, it makes them again', async () => {
  papers.splice(0, papers.length, fakePaper('nu'), fakePaper('xi'));
  const bad = { now: true };
  models.instead.answer = ({ shared }) => {
    if (!bad.now || !shared.includes('# On nu')) return undefined;
    throw ApplicationFailure.create({ type: 'InvalidInput', message: 'no such thing', nonRetryable: true });
  };
  await world.whileWorking(async () => {
    const first = await start(factoryRunRecipe());
    await eventually(async () => (await statusOf(first)).state === 'parked');
    await first.terminate('the server was lost');
    bad.now = false;
    const again = await world.client.workflow.start('train', {
      workflowId: first.workflowId,
      taskQueue: world.queue,
      args: [factoryRunRecipe()],
    });
    expect(await again.result()).toMatchObject({ state: 'completed', scored: 1 });
    expect((await statusOf(again)).stages[0]?.papers).toMatchObject({ made: 2, failed: 0 });
  });
});

test('tasks that do not suffice park the run with the reason; skip goes on to nothing it could play', async () => {
  papers.splice(0, papers.length, fakePaper('zeta'));
  await world.whileWorking(async () => {
    const handle = await start(factoryRunRecipe({}, { heldout: 2 }));
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
  const { error } = recipeSchema.safeParse({ ...factoryRunRecipe(), ...changes });
  expect(error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toContain(why);
});
