import { MockActivityEnvironment } from '@temporalio/testing';
import { resolve } from 'node:path';
import type { FactoryModel } from '../../../activities/factory/ask.ts';
import { readPrompts } from '../../../activities/prompts.ts';
import type { Store } from '../../../activities/store.ts';
import { factoryRecipe, type FactoryPart } from '../../../core/factory/factory-recipe.ts';
import type { PaperPlace } from '../../../core/factory/paper.ts';
import { fakePaper, fakePapers, type FakePaper } from '../../support/fake-papers.ts';
import { factoryActivities, factoryTestRecipe, scriptedModels } from '../../support/factory-world.ts';

export const prompts = readPrompts(resolve('prompts/factory'));

/** A paper that is read and waits for its first call, and activities to go on with. */
export async function readyPaper(
  store: Store,
  of: { paper?: FakePaper; factory?: object; model?: (name: string) => FactoryModel } & Partial<
    Pick<Parameters<typeof factoryActivities>[1], 'dryJudge'>
  > = {},
) {
  const paper = of.paper ?? fakePaper('alpha');
  const models = scriptedModels();
  const { model: own, dryJudge } = of;
  const activities = factoryActivities(store, {
    papers: fakePapers(store, [paper]),
    model: own ? (_part, name) => own(name) : models.model,
    ...(dryJudge ? { dryJudge } : {}),
  });
  const inContext = <T>(body: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(body);
  const workflow = { workflowId: 'run', runId: 'r' };
  const { recipe } = await activities.startFactory({ run: 'run', recipe: factoryTestRecipe(of.factory), workflow });
  const place: PaperPlace = { run: 'run', paper: paper.id };
  await inContext(() => activities.collectPapers({ run: 'run', recipe }));
  const read = await inContext(() => activities.readPaper({ place, recipe }));
  if (!('plan' in read)) throw new Error('the paper was dropped');
  return { activities, models, place, recipe, plan: read.plan, inContext };
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
