import type { TrajectorySource } from '../../core/dataset.ts';
import { keys, parseRolloutId } from '../../core/names.ts';
import { createRandom, deriveSeed } from '../../core/random.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { RlStep } from '../../core/rl-report.ts';
import type { Group } from '../../core/rl-state.ts';
import type { RlStage } from '../../core/stages.ts';
import { observationTokens } from '../../core/student.ts';
import { withHeartbeat } from '../agent/heartbeat.ts';
import { buildDataset } from '../dataset/build.ts';
import { invalidInput } from '../failures.ts';
import type { JobSettings } from '../prepare-training.ts';
import { recipeHash } from '../recipe-hash.ts';
import type { Store } from '../store.ts';
import { createInstructionsReader } from '../tasks.ts';
import { advantagesIn, demandTurns, figuresOf, readBatch, stalenessOf, type Played } from './batch.ts';
import { readSteps } from './files.ts';
import { countWindows } from './windows.ts';

export interface PrepareStepInput {
  run: string;
  stage: RlStage;
  /** The step that is made, from 1. */
  step: number;
  /** The one that is trained. */
  checkpoint: string;
  batch: Group[];
}

export type BatchFigures = Pick<
  RlStep,
  'score' | 'turns' | 'activeSeconds' | 'ends' | 'groups' | 'staleness' | 'rows' | 'trainedTokens'
>;

export interface PreparedStep {
  /** The trainer's job; null where nothing can be learnt: no rollout was better than its group. */
  job: JobSettings | null;
  figures: BatchFigures;
}

/** The name of a step's checkpoint, and of its job and dataset. */
export const stepName = (stage: string, step: number): string => `${stage}-${step}`;

/** A batch as training rows: its rollouts' windows, each with the advantage of its rollout. */
export async function prepareStep(store: Store, input: PrepareStepInput, recipe: Recipe): Promise<PreparedStep> {
  const { run, stage, checkpoint } = input;
  const groups = await readBatch(store, { run, stage: stage.name, batch: input.batch });
  demandTurns(groups);
  const figures = { ...figuresOf(groups), staleness: stalenessOf(groups, await checkpointsUpTo(store, input)) };
  const isCounted = stage.baseline === 'window';
  const windows = isCounted ? await countWindows(store, { run, checkpoint, recipe }, groups.flat()) : undefined;
  const chosen = advantagesIn(groups, stage, windows).filter(({ played }) => played.turns.length > 0);
  if (chosen.every(({ advantage }) => advantage === 0)) {
    return { job: null, figures: { ...figures, rows: 0, trainedTokens: 0 } };
  }
  const { rows, trainedTokens } = await makeDataset(store, { ...input, recipe }, chosen);
  return { job: jobOf(input, chosen.length), figures: { ...figures, rows, trainedTokens } };
}

/** The checkpoints that the stage has had, in order, with the one that is trained last. */
async function checkpointsUpTo(store: Store, { run, stage, step }: PrepareStepInput): Promise<string[]> {
  const steps = await readSteps(store, { run, stage: stage.name });
  return [stage.from, ...steps.filter((one) => one.step < step && one.trained).map(({ checkpoint }) => checkpoint)];
}

/** The optimizer's state is fresh in a stage's first update; with low-rank adapters in every one, for they are merged. */
function jobOf({ stage, step, checkpoint }: PrepareStepInput, rollouts: number): JobSettings {
  const { minibatches, batchTokens, seed, stuckAfter: _stuckAfter, ...training } = stage.training;
  const { clipRatio, klWeight, lossWeight, ...hyper } = training;
  const carries = hyper.lora === null;
  return {
    kind: 'rl',
    // Every rollout has a row that is trained, and a step without any would be refused.
    steps: Math.min(minibatches, rollouts),
    batchTokens,
    seed: createRandom(deriveSeed(seed, stage.name, step)).next(),
    hyper: {
      ...hyper,
      schedule: 'constant',
      warmupSteps: 0,
      optimizer: carries && checkpoint !== stage.from ? 'continue' : 'fresh',
      keepOptimizer: carries,
      rl: { clipRatio, klWeight, lossWeight },
    },
  };
}

type Making = PrepareStepInput & { recipe: Recipe };

async function makeDataset(
  store: Store,
  input: Making,
  chosen: readonly { played: Played; advantage: number }[],
): Promise<{ rows: number; trainedTokens: number }> {
  const { run, stage, step, checkpoint } = input;
  const instructions = createInstructionsReader(store);
  const trajectories = await Promise.all(
    chosen.map(async ({ played: { record }, advantage }): Promise<TrajectorySource> => {
      const { rollout } = record;
      const text = await instructions(run, parseRolloutId(rollout).task);
      return { rollout, turns: store.path(keys.turns(rollout)), instructions: text, advantage };
    }),
  );
  const request = {
    output: store.path(`${keys.datasets(run)}/${stepName(stage.name, step)}`),
    tokenizer: store.path(keys.checkpoint(run, checkpoint)),
    spec: specOf(input),
    trajectories,
  };
  const { counts } = await withHeartbeat({ heartbeatMs: 20_000, stuckMs: 600_000 }, ({ progress, signal }) =>
    buildDataset(request, { signal, onProgress: progress }),
  );
  return counts;
}

function specOf({ run, stage, step, recipe }: Making) {
  const { student } = recipe;
  if (!student) throw invalidInput(`stage ${stage.name} needs the field student of the recipe`);
  return {
    rows: {
      type: 'trajectories' as const,
      windows: { ...student.windows, mode: 'windows' as const, overlapLoss: 'once' as const },
      renderer: student.renderer,
      observationTokens: observationTokens(student),
    },
    card: {
      name: `${run}-${stepName(stage.name, step)}`,
      description: `The batch of step ${step} of stage ${stage.name} of run ${run}.`,
      license: 'apache-2.0',
      recipeHash: recipeHash(recipe),
      runs: [run],
    },
  };
}
