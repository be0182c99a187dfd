import { Context } from '@temporalio/activity';
import type { Recipe } from '../core/recipe.ts';
import type { Artifact } from '../core/record.ts';
import { keys } from '../core/names.ts';
import type { StageReport } from '../core/report.ts';
import { withHeartbeat, type Beat } from './agent/heartbeat.ts';
import type { Knobs } from './agent/knobs.ts';
import type { Tuning } from '../core/tuning.ts';
import { checkTuning, type CheckTuningInput } from './bookkeeping/check-tuning.ts';
import { adoptRun, type Adopted } from './bookkeeping/adopt-run.ts';
import { closeStage, type CloseStageInput } from './bookkeeping/close-stage.ts';
import { closeTraining, type CloseTrainingInput } from './bookkeeping/close-training.ts';
import { endStage, type EndStageInput } from './bookkeeping/end-stage.ts';
import { planStage, type PlannedStage, type PlanStageInput } from './bookkeeping/plan-stage.ts';
import { prepareTasks } from './bookkeeping/prepare-tasks.ts';
import { keepApprovals, startRun, type StartedRun, type StartRunInput } from './bookkeeping/start-run.ts';
import { writeReport } from './bookkeeping/write-report.ts';
import { summarise, type RolloutSummary } from './judge.ts';
import { recordUnscored } from './bookkeeping/record-unscored.ts';
import type { Unscored } from './record-outcome.ts';
import type { Store } from './store.ts';

export interface BookkeepingDependencies {
  store: Store;
  recipe(artifact: Artifact): Promise<Recipe>;
  /** What wrote the manifests, for a reader of old runs. */
  codeVersion: string;
  /** The folder of the programs that micropapers put into a workspace. */
  programs: string;
  /** Whether there is a webhook to tell. */
  notifies?: boolean;
  /** The checkout: what relative paths of a recipe are meant against. */
  root: string;
}

/** The activities that read and write a run's folder in the store; quick, and harmless when done again. */
export function createBookkeeping(deps: BookkeepingDependencies) {
  const { store } = deps;
  return {
    startRun: async (input: StartRunInput): Promise<StartedRun> => {
      const started = await startRun(deps, input);
      return deps.notifies ? { ...started, notifies: true } : started;
    },

    keepApprovals: (input: { run: string; approved: readonly string[] }): Promise<void> => keepApprovals(store, input),

    prepareTasks: async (input: { run: string; recipe: Artifact }): Promise<void> =>
      prepareTasks(deps, input.run, await deps.recipe(input.recipe)),

    /** What need not be done again; recipes of before this field was there have none. */
    adoptRun: async (input: { run: string; recipe: Artifact }): Promise<Adopted> =>
      adopting(async (beat) => adoptRun({ store, beat }, input.run, await deps.recipe(input.recipe))),

    planStage: (input: PlanStageInput): Promise<PlannedStage> => planStage(store, input),

    closeStage: async (input: CloseStageInput & { recipe: Artifact }): Promise<StageReport> =>
      closeStage(deps, input, await deps.recipe(input.recipe)),

    endStage: async (input: EndStageInput & { recipe: Artifact }): Promise<void> =>
      endStage(deps, input, await deps.recipe(input.recipe)),

    closeTraining: async (input: CloseTrainingInput & { recipe: Artifact }): Promise<StageReport> =>
      closeTraining(deps, input, await deps.recipe(input.recipe)),

    checkTuning: (input: CheckTuningInput): Promise<Tuning> => checkTuning(store, input),

    setKnobs: async (input: { run: string; stage: string; knobs: Knobs }): Promise<void> => {
      await store.writeJson(keys.knobs(input.run, input.stage), input.knobs);
    },

    recordUnscored: async (unscored: Unscored): Promise<RolloutSummary> =>
      summarise(await recordUnscored(store, unscored)),

    writeReport: (input: { run: string }): Promise<void> => writeReport(store, input.run),
  };
}

/** However much there is to copy. Each copy is small beside the time after which it is taken for stuck. */
async function adopting<T>(work: (beat: Beat) => Promise<T>): Promise<T> {
  try {
    return await withHeartbeat({ heartbeatMs: 20_000, stuckMs: 1_800_000, restMs: 1000 }, work);
  } catch (error) {
    const context = Context.current();
    if (context.cancellationSignal.aborted) await context.cancelled; // rejects: a bare AbortError would be taken for a cancellation
    throw error;
  }
}
