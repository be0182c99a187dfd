import type { Recipe } from '../core/recipe.ts';
import type { Artifact } from '../core/record.ts';
import type { StageReport } from '../core/report.ts';
import type { RolloutReport } from '../core/rollout-report.ts';
import {
  admitRollouts,
  cancelRollouts,
  lookUpRollouts,
  resumeRollouts,
  type AdmitInput,
  type RolloutsInput,
} from './rl/admit.ts';
import { closeStep, type ClosedStep, type CloseStepInput } from './rl/close-step.ts';
import { finishStage, type FinishStageInput } from './rl/finish-stage.ts';
import { openStage, type OpenedStage, type OpenStageInput } from './rl/open-stage.ts';
import { prepareStep, type PreparedStep, type PrepareStepInput } from './rl/prepare-step.ts';
import type { Store } from './store.ts';

export interface RlDependencies {
  store: Store;
  recipe(artifact: Artifact): Promise<Recipe>;
  codeVersion: string;
}

type WithRecipe<Input> = Input & { recipe: Artifact };

/** The activities of an RL stage besides its trainer's jobs and its rollouts' own. All are harmless when done again. */
export function createRl(deps: RlDependencies) {
  const { store } = deps;
  return {
    openRlStage: async (input: WithRecipe<OpenStageInput>): Promise<OpenedStage> =>
      openStage(store, input, await deps.recipe(input.recipe)),

    admitRollouts: (input: AdmitInput): Promise<RolloutReport[]> => admitRollouts(store, input),
    lookUpRollouts: (input: RolloutsInput): Promise<RolloutReport[]> => lookUpRollouts(store, input),
    cancelRollouts,
    resumeRollouts,

    closeRlStep: async (input: WithRecipe<CloseStepInput>): Promise<ClosedStep> =>
      closeStep(store, input, await deps.recipe(input.recipe)),

    finishRlStage: async (input: WithRecipe<FinishStageInput>): Promise<StageReport> =>
      finishStage(deps, input, await deps.recipe(input.recipe)),
  };
}

/** The activity that makes a step's batch: it takes a process of its own for a while. */
export function createPrepareStep(deps: Omit<RlDependencies, 'codeVersion'>) {
  return {
    prepareRlStep: async (input: WithRecipe<PrepareStepInput>): Promise<PreparedStep> =>
      prepareStep(deps.store, input, await deps.recipe(input.recipe)),
  };
}
