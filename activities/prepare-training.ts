import { describeIssues } from '../core/describe-issues.ts';
import type { DatasetManifest, DatasetSpecInput, TrajectorySource } from '../core/dataset.ts';
import type { JobInput } from '../core/job.ts';
import { stageManifest } from '../core/manifest.ts';
import { vocabulary } from '../core/micropaper/vocabulary.ts';
import { keys, parseRolloutId } from '../core/names.ts';
import type { Recipe } from '../core/recipe.ts';
import type { RecipeStage } from '../core/recipe-stages.ts';
import type { Artifact } from '../core/record.ts';
import { observationTokens } from '../core/student.ts';
import type { TrainingSettings } from '../core/training.ts';
import { withHeartbeat } from './agent/heartbeat.ts';
import { buildDataset } from './dataset/build.ts';
import { invalidInput } from './failures.ts';
import { recipeHash } from './recipe-hash.ts';
import type { Store } from './store.ts';
import { createInstructionsReader } from './tasks.ts';
import { writeWordLevelTokenizer } from './tokens/wordlevel.ts';

type InitStage = Extract<RecipeStage, { type: 'init' }>;
type SftStage = Extract<RecipeStage, { type: 'sft' }>;

/** A trainer's job without the paths, which names say. */
export type JobSettings = Omit<JobInput, 'id' | 'output' | 'checkpoint' | 'data'>;

export interface PreparedTraining {
  job: JobSettings;
  /** The dataset's name; null where the job needs none. */
  dataset: string | null;
  rows: number;
  trainedTokens: number;
  stuckAfter: string;
}

export interface PrepareTrainingInput {
  run: string;
  stage: string;
  recipe: Artifact;
}

/** The activity that makes what a training stage starts from: its tokenizer or its dataset. */
export function createPrepareTraining(deps: { store: Store; recipe(artifact: Artifact): Promise<Recipe> }) {
  async function prepareTraining(input: PrepareTrainingInput): Promise<PreparedTraining> {
    const recipe = await deps.recipe(input.recipe);
    const stage = recipe.stages.find((stage) => 'name' in stage && stage.name === input.stage);
    if (stage?.type === 'init') return prepareInit(deps.store, input.run, stage);
    if (stage?.type === 'sft') return prepareSft(deps.store, { ...input, settings: recipe }, stage);
    throw invalidInput(`the recipe has no training stage "${input.stage}"`);
  }

  return { prepareTraining };
}

/** Silence that a job may keep while it reads and links the weights of a large model. */
const TAKING_OVER = '4h';

/** The job's folder is `jobs/<stage>` beside the tokenizer's, so the path holds on any machine. */
async function prepareInit(store: Store, run: string, stage: InitStage): Promise<PreparedTraining> {
  const { seed, ...init } = stage.model;
  const untrained = { dataset: null, rows: 0, trainedTokens: 0, stuckAfter: TAKING_OVER };
  // A checkpoint that is taken over brings its tokenizer; hashing hundreds of gigabytes takes its time.
  if (init.mode === 'checkpoint') return { ...untrained, job: { kind: 'init', seed, init } };
  const isMade = stage.tokenizer.type === 'micropaper';
  if (isMade) await writeWordLevelTokenizer(store.path(`${keys.run(run)}/tokenizer`), vocabulary());
  const path = stage.tokenizer.type === 'path' ? stage.tokenizer.path : '../../tokenizer';
  const job: JobSettings = { kind: 'init', seed, init, tokenizer: { path } };
  return { ...untrained, job, stuckAfter: '10m' };
}

type Settings = PrepareTrainingInput & { settings: Recipe };

async function prepareSft(store: Store, input: Settings, stage: SftStage): Promise<PreparedTraining> {
  const { rows, trainedTokens } = (await makeDataset(store, input, stage)).counts;
  if (rows === 0) throw invalidInput(`stage ${stage.name}: no accepted trajectory is left to train on`);
  return {
    job: jobOf(stage.training),
    dataset: stage.name,
    rows,
    trainedTokens,
    stuckAfter: stage.training.stuckAfter,
  };
}

function jobOf({ steps, batchTokens, seed, stuckAfter: _stuckAfter, ...hyper }: TrainingSettings): JobSettings {
  return { kind: 'sft', steps, batchTokens, seed, hyper };
}

async function makeDataset(store: Store, input: Settings, stage: SftStage): Promise<DatasetManifest> {
  const { run } = input;
  const request = {
    output: store.path(`${keys.datasets(run)}/${stage.name}`),
    tokenizer: store.path(keys.checkpoint(run, stage.from)),
    spec: specOf(input, stage),
    trajectories: stage.data.type === 'drills' ? [] : await accepted(store, run),
  };
  return withHeartbeat({ heartbeatMs: 20_000, stuckMs: 600_000 }, ({ progress, signal }) =>
    buildDataset(request, { signal, onProgress: progress }),
  );
}

function specOf({ run, settings }: Settings, stage: SftStage): DatasetSpecInput {
  const card = {
    name: `${run}-${stage.name}`,
    description: `What stage ${stage.name} of run ${run} is trained on.`,
    license: 'apache-2.0',
    recipeHash: recipeHash(settings),
    runs: [run],
  };
  const { data } = stage;
  if (data.type === 'drills') return { rows: data, card };
  const { student } = settings;
  if (!student) throw invalidInput(`stage ${stage.name} needs the field student of the recipe`);
  const windows = { ...student.windows, mode: data.mode, overlapLoss: data.overlapLoss };
  const rows = {
    type: 'trajectories' as const,
    windows,
    renderer: student.renderer,
    observationTokens: observationTokens(student),
    sampledIds: false,
  };
  return { rows, card };
}

/** The trajectories that the distillation kept, in the order of its ledger. */
async function accepted(store: Store, run: string): Promise<TrajectorySource[]> {
  const given = await store.readJson(`${keys.stage(run, 'distill')}/manifest.json`);
  const manifest = stageManifest.safeParse(given);
  if (!manifest.success)
    throw invalidInput(`the distillation has no manifest: ${describeIssues(manifest.error, given)}`);
  const instructions = createInstructionsReader(store);
  return Promise.all(
    (manifest.data.accepted ?? []).map(async (rollout) => ({
      rollout,
      turns: store.path(keys.turns(rollout)),
      instructions: await instructions(run, parseRolloutId(rollout).task),
    })),
  );
}
