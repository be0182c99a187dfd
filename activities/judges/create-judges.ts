import type { JudgeSettings } from '../../core/judge-settings.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { FindModel } from '../models/create-models.ts';
import type { Prompts } from '../prompts.ts';
import type { SandboxProvider } from '../sandboxes/sandbox.ts';
import type { Store } from '../store.ts';
import { createCheckJudge } from './check.ts';
import type { GradeSubmission } from './judged.ts';
import { createLlmJudge } from './llm/judge.ts';

export interface JudgesDependencies {
  store: Store;
  sandboxes: SandboxProvider;
  models: FindModel;
  /** Those of `prompts/judge`. */
  prompts: Prompts;
}

/** The judge that a recipe asks for. */
export type FindJudge = (settings: JudgeSettings, recipe: Pick<Recipe, 'models'>) => GradeSubmission;

export const createJudges =
  ({ store, sandboxes, models, prompts }: JudgesDependencies): FindJudge =>
  (settings, recipe) =>
    settings.type === 'check'
      ? createCheckJudge(sandboxes)
      : createLlmJudge({ store, model: models(recipe, settings.model), prompts, settings });
