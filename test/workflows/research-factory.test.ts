import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { outcome as outcomeSchema } from '../../core/factory/outcome.ts';
import { factoryReport } from '../../core/factory/factory-report.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import { provenance } from '../../core/factory/provenance.ts';
import { leaves } from '../../core/rubric/node.ts';
import { parseRubric } from '../../core/rubric/text.ts';
import { problemsOf } from '../../core/task-folder.ts';
import { readFolder } from '../../activities/tasks/read-folder.ts';
import { fakePaper, fakePapers, type FakePaper } from '../support/fake-papers.ts';
import { CALL_USD, factoryActivities, factoryTestRecipe, scriptedModels } from '../support/factory-world.ts';
import { fakeSandboxes } from '../support/fake-sandboxes.ts';
import { openWorld, type World } from '../support/workflows.ts';

const models = scriptedModels();
const papers: FakePaper[] = [];
let world: World;
beforeAll(async () => {
  world = await openWorld({
    sandboxes: fakeSandboxes(),
    factory: (store) => factoryActivities(store, { papers: fakePapers(store, papers), model: models.model }),
  });
});
afterAll(() => world.close());

let runs = 0;
const newRun = (): string => `${world.run}-${runs++}`;
const start = (recipe: unknown, workflowId = newRun()): Promise<WorkflowHandle> =>
  world.client.workflow.start('researchFactory', { workflowId, taskQueue: world.queue, args: [recipe] });
const take = (...taken: FakePaper[]): void => void papers.splice(0, papers.length, ...taken);
const outcomeOf = async (run: string, paper: string) =>
  outcomeSchema.parse(await world.store.readJson(taskKeys.outcome({ run, paper })));

/** contributions, two levels, weights, addendum, review. */
const CALLS = 6;

test('a list of papers becomes tasks that PaperBench’s readers take, one child a paper', async () => {
  take(fakePaper('alpha', { code: { 'train.py': 'optimizer = Adam(lr=0.001)\n' } }), fakePaper('beta'));
  models.asked.length = 0;
  await world.whileWorking(async () => {
    const handle = await start(factoryTestRecipe());
    const run = handle.workflowId;
    expect(await handle.result()).toMatchObject({
      name: 'factory',
      papers: { found: 2, made: 2, dropped: 0, failed: 0 },
    });
    expect(models.asked).toHaveLength(2 * CALLS);
    expect(models.asked.filter(({ kind }) => kind === 'review').map(({ model }) => model)).toEqual([
      'reviewer',
      'reviewer',
    ]);
    const folder = await readFolder(world.store.path(taskKeys.task({ run, paper: 'alpha' })));
    expect(problemsOf(folder).filter(({ level }) => level === 'error')).toEqual([]);
    const rubric = parseRubric(folder.texts['rubric.json'] ?? '');
    const {
      rubric: known,
      cost,
      checks,
      models: asked,
    } = provenance.parse(await world.store.readJson(`${taskKeys.task({ run, paper: 'alpha' })}/provenance.json`));
    expect(leaves(rubric).map(({ id }) => known.nodes[id]?.evidence[0]?.line)).toEqual(
      expect.not.arrayContaining([null, undefined]),
    );
    expect(leaves(rubric)).toHaveLength(known.leaves);
    expect(checks.every(({ ok }) => ok)).toBe(true);
    expect(cost).toMatchObject({ calls: CALLS, usd: CALLS * CALL_USD, paid: CALLS * CALL_USD });
    expect(asked).toEqual({
      builder: { name: 'builder', provider: 'scripted' },
      reviewer: { name: 'reviewer', provider: 'scripted' },
    });
    const child = await world.client.workflow.getHandle(`${run}.factory.alpha`).describe();
    expect(child.searchAttributes).toMatchObject({
      LonghaulRun: [run],
      LonghaulStage: ['factory'],
      LonghaulTask: ['alpha'],
      LonghaulOutcome: ['made'],
    });
  });
});

test('the same list in a new run costs nothing and makes the same rubrics', async () => {
  take(fakePaper('gamma'), fakePaper('delta'));
  await world.whileWorking(async () => {
    const first = await start(factoryTestRecipe());
    await first.result();
    models.asked.length = 0;
    const second = await start(factoryTestRecipe());
    expect(await second.result()).toMatchObject({ papers: { made: 2 } });
    expect(models.asked).toEqual([]);
    const rubricOf = async (run: string) =>
      (await world.store.read(`${taskKeys.task({ run, paper: 'gamma' })}/rubric.json`)).toString();
    expect(await rubricOf(second.workflowId)).toBe(await rubricOf(first.workflowId));
    expect((await outcomeOf(second.workflowId, 'gamma')).cost).toMatchObject({ calls: CALLS, reused: CALLS, paid: 0 });
  });
});

test('papers are dropped where their metadata, their rubric or their cost says so, and the funnel says at which step', async () => {
  take(fakePaper('old', { year: 1999 }), fakePaper('costly'), fakePaper('unsupported'), fakePaper('good'));
  models.instead.answer = ({ shape, shared }) => {
    if (shape.name !== 'expand' || !shared.includes('On unsupported')) return undefined;
    const child = {
      requirements: 'Weights are averaged over ten checkpoints',
      category: 'Code Development',
      finegrained: 'Method Implementation',
      evidence: [],
    };
    return {
      nodes: ['1', '2', '3'].map((path) => ({
        path,
        children: [child, { ...child, requirements: 'Gradients are clipped at a norm of five' }],
      })),
    };
  };
  const recipe = factoryTestRecipe({
    filters: [{ filter: 'years', from: 2020 }],
    rubric: { repairRounds: 1, reviewRounds: 0 },
    budget: { paperUsd: 1.3 },
  });
  await world.whileWorking(async () => {
    const handle = await start(recipe);
    const run = handle.workflowId;
    expect(await handle.result()).toMatchObject({ papers: { found: 4, made: 2, dropped: 2 } });
    models.instead = Object.assign(models.instead, { answer: undefined });
    expect(await outcomeOf(run, 'old')).toMatchObject({
      outcome: 'dropped',
      drop: { step: 'metadata', rule: 'years' },
      cost: { calls: 0 },
    });
    expect(await outcomeOf(run, 'unsupported')).toMatchObject({
      outcome: 'dropped',
      drop: { step: 'rubric', rule: 'support' },
    });
    const { funnel, papers: all } = factoryReport.parse(await world.store.readJson(taskKeys.report(run)));
    expect(funnel.filter(({ dropped }) => dropped > 0)).toMatchObject([
      { step: 'metadata', entered: 4, dropped: 1, rules: { years: 1 } },
      { step: 'rubric', entered: 3, dropped: 1, rules: { support: 1 } },
    ]);
    expect(all).toHaveLength(4);
  });
});
