import { z } from 'zod';

export const STATES = ['running', 'paused', 'parked', 'completed', 'skipped', 'aborted', 'waiting'] as const;
export type State = (typeof STATES)[number];

/** How many of the planned rollouts have come to which end; `planned` is never less than the sum of the others. */
export const counts = z.object({
  planned: z.number().int(),
  scored: z.number().int(),
  infraFailed: z.number().int(),
  cancelled: z.number().int(),
});
export type Counts = z.infer<typeof counts>;

export const cost = z.object({
  usd: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  sandboxSeconds: z.number(),
  /** Of trainer jobs; the CPU counts as one device. */
  gpuSeconds: z.number().default(0),
});
export type Cost = z.infer<typeof cost>;

/** How far a training job is; the loss is of its last step. */
export const trainingStatus = z.object({
  step: z.number().int(),
  steps: z.number().int(),
  loss: z.number().nullable(),
});

/** How many of the factory's papers have come to which end; the rest is waiting or in flight. */
export const paperCounts = z.object({
  found: z.number().int(),
  made: z.number().int(),
  dropped: z.number().int(),
  failed: z.number().int(),
  cancelled: z.number().int(),
  /** Of the rubrics that were made. */
  leaves: z.number().int(),
  /** Of these papers, how many had come to their end in a run that this one resumes or forks. */
  takenOver: z.number().int().optional(),
});
export type PaperCounts = z.infer<typeof paperCounts>;

export const stageStatus = counts.extend({
  name: z.string(),
  state: z.enum(STATES),
  inFlight: z.number().int(),
  meanScore: z.number().nullable(),
  cost,
  /** ISO times; null while it has not begun or not ended. */
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  /** Rollouts that have been played and wait for the judge, where more could than may. */
  waitingForJudge: z.number().int().optional(),
  /** The run that did it, where it was taken over instead of done. */
  reusedFrom: z.string().optional(),
  /** Of a stage that waits for a person by itself: what for. */
  waitsFor: z.string().nullable().optional(),
  /** Of a training stage, where it is known. */
  training: trainingStatus.optional(),
  /** Of the factory. */
  papers: paperCounts.optional(),
});
export type StageStatus = z.infer<typeof stageStatus>;

/** What the query `status` of a run answers. */
export const runStatus = counts.extend({
  run: z.string(),
  state: z.enum(STATES),
  stage: z.string().nullable(),
  step: z.string().nullable(),
  /** What it waits for, for a person; null while it works. */
  waitsFor: z.string().nullable(),
  inFlight: z.number().int(),
  meanScore: z.number().nullable(),
  cost,
  stages: z.array(stageStatus),
});
export type RunStatus = z.infer<typeof runStatus>;
