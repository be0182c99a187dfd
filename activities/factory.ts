import { collectedPapers, type CollectedPapers, type PaperPlace } from '../core/factory/paper.ts';
import { taskKeys } from '../core/factory/task-keys.ts';
import type { PaperSummary } from '../core/factory/board.ts';
import type { FactoryPart } from '../core/factory/factory-recipe.ts';
import { seconds } from '../core/duration.ts';
import type { FactorySettings } from '../core/factory/factory-settings.ts';
import type { FactoryTuning } from '../core/factory/tuning.ts';
import type { Artifact } from '../core/record.ts';
import type { StageReport } from '../core/report.ts';
import { withHeartbeat } from './agent/heartbeat.ts';
import type { FactoryModel } from './factory/ask.ts';
import { buildTask, holdPapers, type BuiltTask } from './factory/build-task.ts';
import { checkTuning } from './factory/check-tuning.ts';
import { closeFactory, type CloseFactoryInput } from './factory/close-factory.ts';
import { judgeDry, type DryJudge } from './factory/dry-judging.ts';
import { createMaterialReader } from './factory/material.ts';
import { recordUnmade, type Unmade } from './factory/outcomes.ts';
import { planPapers, takeUpAgain, type PlannedPapers, type PlanPapersInput } from './factory/plan-papers.ts';
import type { PaperTools } from './factory/paper-tools.ts';
import type { Prompts } from './prompts.ts';
import { startFactory, type StartedFactory, type StartFactoryInput } from './factory/start-factory.ts';
import type { Store } from './store.ts';

export interface FactoryDependencies {
  store: Store;
  codeVersion: string;
  prompts: Prompts;
  papers: PaperTools;
  recipe(artifact: Artifact): Promise<FactoryPart>;
  /** The model of the recipe's table under this name. */
  model(part: FactoryPart, name: string): FactoryModel;
  /** Grades a submission by the recipe's judge. */
  dryJudge(part: FactoryPart): DryJudge;
}

export interface PaperInput {
  place: PaperPlace;
  recipe: Artifact;
}

export interface BuildTaskInput extends PaperInput {
  /** Calls at a time. */
  calls: number;
  /** What the paper may cost, where an operator has changed what the recipe says. */
  paperUsd?: number;
}

/** The activities of the pool `research`: each is done once, whoever dies, and what it has paid for is in the store. */
export function createFactory(deps: FactoryDependencies) {
  const material = createMaterialReader(deps.store);
  const all = { ...deps, material };
  const beating = <T>(settings: FactorySettings, body: Parameters<typeof withHeartbeat<T>>[1]): Promise<T> =>
    withHeartbeat(
      { heartbeatMs: seconds(settings.heartbeat) * 1000, stuckMs: seconds(settings.stuckAfter) * 1000 },
      body,
    );
  return {
    startFactory: (input: StartFactoryInput): Promise<StartedFactory> => startFactory(deps, input),

    collectPapers: async ({ run, recipe }: { run: string; recipe: Artifact }): Promise<CollectedPapers> => {
      const before = await deps.store.readJson(taskKeys.collected(run));
      if (before !== undefined) return collectedPapers.parse(before);
      const { factory: settings } = await deps.recipe(recipe);
      const found = await beating(settings, ({ signal, progress }) =>
        deps.papers.collect({ run, settings, signal, progress }),
      );
      await deps.store.writeJson(taskKeys.collected(run), found);
      return found;
    },

    takeUpAgain: ({ run }: { run: string }): Promise<void> => takeUpAgain(deps.store, run),

    planPapers: async (input: PlanPapersInput & { recipe: Artifact }): Promise<PlannedPapers> =>
      planPapers(deps, input, (await deps.recipe(input.recipe)).factory),

    buildTask: async ({ place, recipe, calls, paperUsd }: BuildTaskInput): Promise<BuiltTask> => {
      const part = withBudget(await deps.recipe(recipe), paperUsd);
      return beating(part.factory, (beat) => buildTask({ ...all, part }, { place, calls }, beat));
    },

    checkFactoryTuning: async ({ tuning }: { tuning: unknown }): Promise<FactoryTuning> => checkTuning(tuning),

    holdPapers: (of: { run: string; held: boolean }): Promise<void> => holdPapers(deps.store, of),

    judgeDry: async ({ place, recipe }: PaperInput): Promise<PaperSummary> => {
      const part = await deps.recipe(recipe);
      const judge = deps.dryJudge(part);
      return beating(part.factory, (beat) => judgeDry({ ...all, judge, settings: part.factory }, place, beat));
    },

    recordUnmade: (unmade: Unmade): Promise<PaperSummary> => recordUnmade(deps.store, unmade),

    closeFactory: (input: CloseFactoryInput): Promise<StageReport> => closeFactory(deps, input),
  };
}

const withBudget = (part: FactoryPart, paperUsd: number | undefined): FactoryPart =>
  paperUsd === undefined
    ? part
    : { ...part, factory: { ...part.factory, budget: { ...part.factory.budget, paperUsd } } };
