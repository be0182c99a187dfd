import type { StepFacts } from '../../core/curriculum.ts';
import { keys } from '../../core/names.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { RlStep, RlStepRecord } from '../../core/rl-report.ts';
import { roundsAllowed, type Group, type RlState } from '../../core/rl-state.ts';
import type { RlStage } from '../../core/stages.ts';
import { invalidInput } from '../failures.ts';
import { manifestHash } from '../manifest-hash.ts';
import type { Store } from '../store.ts';
import { factsOf } from './open-stage.ts';
import type { BatchFigures } from './prepare-step.ts';
import { readRounds, type Round } from './rounds.ts';

export interface CloseStepInput {
  run: string;
  stage: RlStage;
  /** As it is once the step is done. */
  state: Pick<RlState, 'done' | 'checkpoint' | 'rounds'>;
  batch: Pick<Group, 'step' | 'task'>[];
  trained: boolean;
  figures: BatchFigures;
  measured: Pick<RlStep, 'startedAt' | 'endedAt' | 'seconds' | 'slots' | 'lost' | 'metrics'>;
}

export interface ClosedStep {
  facts: StepFacts;
  /** What may be planned next. */
  rounds: Round[];
}

/** Writes what a step did, which is what says that it is done, and hands out the tasks of the rounds that are now allowed. */
export async function closeStep(store: Store, input: CloseStepInput, recipe: Recipe): Promise<ClosedStep> {
  const { run, stage, state, batch, trained, figures, measured } = input;
  const manifestSha256 = await manifestHash(store, run, state.checkpoint);
  if (manifestSha256 === undefined) throw invalidInput(`there is no checkpoint ${state.checkpoint} of run ${run}`);
  const record: RlStepRecord = {
    step: state.done,
    checkpoint: state.checkpoint,
    trained,
    ...figures,
    ...measured,
    batch: batch.map(({ step, task }) => ({ step, task })),
    manifestSha256,
  };
  await store.writeJson(keys.rlStep(run, stage.name, state.done), record);
  const next = { from: state.rounds + 1, to: roundsAllowed({ ...state, groups: [] }, stage) };
  return { facts: factsOf(record), rounds: await readRounds(store, { run, stage, seed: recipe.seed }, next) };
}
