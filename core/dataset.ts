import { z } from 'zod';
import { READING_COMMANDS } from './reading.ts';
import { rendererSettings } from './renderer-settings.ts';
import { windowsConfig } from './windows-config.ts';

/** How turn logs become token rows. */
export const rowSettings = z.strictObject({
  windows: windowsConfig,
  renderer: rendererSettings.prefault({}),
  observationTokens: z
    .int()
    .min(1)
    .describe('cap of what comes back in a turn, frame included; reading turns have none'),
  reading: z
    .array(z.string())
    .default([...READING_COMMANDS])
    .describe('commands that read the paper (regular expressions)'),
  sampledIds: z
    .boolean()
    .default(true)
    .describe("whether a log's token ids are the student's own and are trained as they are, or its text is tokenised"),
});
export type RowSettings = z.infer<typeof rowSettings>;

/** What the card says; nothing of it changes a row. */
export const cardInfo = z.strictObject({
  name: z.string().min(1),
  description: z.string(),
  license: z.string().min(1).describe('an identifier of the Hugging Face hub, such as apache-2.0 or other'),
  recipeHash: z.string(),
  runs: z.array(z.string()).describe('the runs that the trajectories come from'),
});
export type CardInfo = z.infer<typeof cardInfo>;

export const LEFT_OUT = ['turn', 'prefix'] as const;

export const trajectoryRows = z.strictObject({
  type: z.literal('trajectories'),
  ...rowSettings.shape,
  unfit: z
    .enum(['fail', 'leave-out'])
    .default('fail')
    .describe('what becomes of a trajectory whose prefix does not fit'),
});

export const drillRows = z.strictObject({
  type: z.literal('drills'),
  seed: z.int().default(0),
  examples: z.int().min(1).default(16_000),
});

/** What is to be built, apart from where: with the sources' hash it decides every byte. */
export const datasetSpec = z.strictObject({
  rows: z.discriminatedUnion('type', [trajectoryRows, drillRows]),
  card: cardInfo,
  rowsPerShard: z.int().min(1).default(10_000).describe('a shard is closed after the trajectory that reaches this'),
});
export type DatasetSpec = z.infer<typeof datasetSpec>;
export type DatasetSpecInput = z.input<typeof datasetSpec>;

/** One accepted trajectory; with `advantage` its rows are for RL. */
export const trajectorySource = z.strictObject({
  rollout: z.string(),
  turns: z.string().describe('path of its turns.jsonl'),
  instructions: z.string().describe('the first user message'),
  advantage: z.number().optional(),
});
export type TrajectorySource = z.infer<typeof trajectorySource>;

const count = z.int().min(0);

/** One trajectory as its windows, in tokens: what a reader needs to see what splitting does. */
export const windowsExample = z.object({
  rollout: z.string(),
  prefix: count,
  maxTokens: count,
  turns: z.array(z.object({ tokens: count, action: count })),
  windows: z.array(z.object({ from: count, to: count, trainedFrom: count })),
});
export type WindowsExample = z.infer<typeof windowsExample>;

export const datasetCounts = z.object({
  trajectories: count.describe('trajectories, or drills, that rows were made of'),
  leftOut: z.object({ turn: count, prefix: count }).describe('trajectories with a turn, or a prefix, that cannot fit'),
  /** The first few that were left out, and why. */
  leftOutExamples: z.array(z.object({ rollout: z.string(), why: z.string() })),
  rows: count,
  tokens: count,
  trainedTokens: count,
  /** Rows by length: key is the upper end of the bin, in tokens. */
  histogram: z.record(z.string(), count),
  /** Trajectories by how many rows each became. */
  rowsPerTrajectory: z.record(z.string(), count),
  /** The first trajectory of several windows. */
  example: windowsExample.optional(),
});
export type DatasetCounts = z.infer<typeof datasetCounts>;

export const shardFile = z.object({ path: z.string(), sha256: z.string(), bytes: count, rows: count });
export type ShardFile = z.infer<typeof shardFile>;

/** `manifest.json` of a dataset, written last. */
export const datasetManifest = z.object({
  kind: z.literal('dataset'),
  name: z.string(),
  build: z.string().describe('sha256 of everything that decides the rows'),
  columns: z.array(z.string()),
  counts: datasetCounts,
  files: z.array(shardFile),
});
export type DatasetManifest = z.infer<typeof datasetManifest>;
