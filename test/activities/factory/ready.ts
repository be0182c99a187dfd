import { MockActivityEnvironment } from '@temporalio/testing';
import { resolve } from 'node:path';
import { askOne, type FactoryModel } from '../../../activities/factory/ask.ts';
import { makeTask } from '../../../activities/factory/make-task.ts';
import { createMaterialReader } from '../../../activities/factory/material.ts';
import { planRubric, type NumberedCall } from '../../../activities/factory/plan-rubric.ts';
import { readPaper } from '../../../activities/factory/read-paper.ts';
import { createFactory, type FactoryDependencies, type PaperInput } from '../../../activities/factory.ts';
import { readPrompts } from '../../../activities/prompts.ts';
import type { Store } from '../../../activities/store.ts';
import { factoryRecipe, type FactoryPart } from '../../../core/factory/factory-recipe.ts';
import type { PaperPlace } from '../../../core/factory/paper.ts';
import { fakePaper, fakePapers, type FakePaper } from '../../support/fake-papers.ts';
import { factoryDependencies, factoryTestRecipe, scriptedModels } from '../../support/factory-world.ts';

export const prompts = readPrompts(resolve('prompts/factory'));

/** A paper that is read and waits for its first call, and activities to go on with. */
export async function readyPaper(
  store: Store,
  of: { paper?: FakePaper; factory?: object; model?: (name: string) => FactoryModel } & Partial<
    Pick<FactoryDependencies, 'dryJudge'>
  > = {},
) {
  const paper = of.paper ?? fakePaper('alpha');
  const models = scriptedModels();
  const { model: own, dryJudge } = of;
  const deps = factoryDependencies(store, {
    papers: fakePapers(store, [paper]),
    model: own ? (_part, name) => own(name) : models.model,
    ...(dryJudge ? { dryJudge } : {}),
  });
  const activities = { ...createFactory(deps), ...stepsOf(deps) };
  const inContext = <T>(body: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(body);
  const workflow = { workflowId: 'run', runId: 'r' };
  const { recipe } = await activities.startFactory({ run: 'run', recipe: factoryTestRecipe(of.factory), workflow });
  const place: PaperPlace = { run: 'run', paper: paper.id };
  await inContext(() => activities.collectPapers({ run: 'run', recipe }));
  const read = await inContext(() => activities.readPaper({ place, recipe }));
  if (!('plan' in read)) throw new Error('the paper was dropped');
  return { activities, models, place, recipe, plan: read.plan, inContext };
}

/** The steps within the activity that builds a task, one by one. */
function stepsOf(deps: FactoryDependencies) {
  const material = createMaterialReader(deps.store);
  const all = { ...deps, material };
  return {
    async readPaper({ place, recipe }: PaperInput) {
      const { factory: settings } = await deps.recipe(recipe);
      return readPaper(all, { place, settings, signal: new AbortController().signal, progress: () => undefined });
    },
    async planRubric({ place, recipe }: PaperInput) {
      const { factory: settings } = await deps.recipe(recipe);
      return planRubric(deps.store, place, { material: await material(place), settings });
    },
    async askModel({ place, recipe, call }: PaperInput & { call: NumberedCall }) {
      const part = await deps.recipe(recipe);
      const asked = { place, call, settings: part.factory, model: (name: string) => deps.model(part, name) };
      return askOne(all, asked, new AbortController().signal);
    },
    makeTask: async ({ place, recipe }: PaperInput) => makeTask({ ...all, part: await deps.recipe(recipe) }, place),
  };
}

/** Asks until nothing is left to ask. */
export async function askAll({
  activities,
  place,
  recipe,
  plan: first,
  inContext,
}: Awaited<ReturnType<typeof readyPaper>>) {
  let plan = first;
  while (plan.calls.length > 0) {
    for (const call of plan.calls) plan = await inContext(() => activities.askModel({ place, recipe, call }));
  }
  return plan;
}

export const settingsOf = (factory: object = {}): FactoryPart['factory'] =>
  factoryRecipe.parse(factoryTestRecipe(factory)).factory;
