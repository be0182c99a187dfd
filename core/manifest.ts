import { z } from 'zod';
import { DROPS } from './acceptance.ts';
import { artifact } from './record.ts';
import { rlPlan, rlReport } from './rl-report.ts';
import { paperCounts } from './status.ts';
import { trainingReport } from './training-report.ts';

const workflow = z.object({ workflowId: z.string(), runId: z.string() });

/** `manifest.json` of a run: what it was asked for and by which execution it was begun. */
export const runManifest = z.object({
  run: z.string(),
  /** The recipe with all its defaults. */
  recipe: artifact,
  /** Of the recipe as it was given. */
  recipeHash: z.string(),
  codeVersion: z.string(),
  workflow,
  createdAt: z.string(),
});
export type RunManifest = z.infer<typeof runManifest>;

/** `stages/<stage>/plan.json`: every rollout ever planned for the stage; a replacement takes the next free member. */
export const stagePlan = z.object({
  planned: z.array(z.object({ task: z.string(), member: z.number().int() })),
  /** Of the manifest of the checkpoint that plays them; absent where none does. */
  checkpointSha256: z.string().optional(),
});
export type StagePlan = z.infer<typeof stagePlan>;

/** `stages/<stage>/manifest.json`, written when the stage has ended. */
export const stageManifest = z.object({
  stage: z.string(),
  type: z.string(),
  /** Who played on which tasks; none in a training stage. */
  policy: z.string().optional(),
  suite: z.string().optional(),
  state: z.enum(['completed', 'cancelled', 'skipped']),
  /** Scored rollouts that the recipe asks for. */
  wanted: z.number().int(),
  startedAt: z.string(),
  endedAt: z.string(),
  workflow,
  /** Of the stage's resolved part of the recipe and its inputs. */
  hash: z.string(),
  codeVersion: z.string(),
  /** The run that did it, where it was taken over. */
  reusedFrom: z.string().optional(),
  /** Taken over by a fork: its hash is not what this run's recipe says. */
  forked: z.boolean().optional(),
  /** The ids of the trajectories that a distillation kept. */
  accepted: z.array(z.string()).optional(),
  /** How many of its trajectories each rule left out; one by one in `acceptance.jsonl`. */
  dropped: z.partialRecord(z.enum(DROPS), z.number().int()).optional(),
  /** What a training stage did. */
  training: trainingReport.optional(),
  /** What an RL stage did. */
  rl: rlReport.optional(),
  /** What became of the factory's papers. */
  papers: paperCounts.optional(),
});
export type StageManifest = z.infer<typeof stageManifest>;

/**
 * `stages/<stage>/adopted.json`: what a stage took over of another run, decided once and then copied. None of it is what this run
 * has paid for.
 */
export const adoptedPart = z.object({
  from: z.string(),
  /** Steps of RL that are done. */
  steps: z.number().int(),
  /** The rollouts, by their ids in this run. */
  rollouts: z.array(z.string()),
  /** Of a factory: how many papers had come to their end. */
  papers: z.number().int().optional(),
  /** Of RL: what is planned of each round. */
  plans: z.record(z.string(), rlPlan).optional(),
  /** Whether all of it has been copied. */
  complete: z.boolean(),
});
export type AdoptedPart = z.infer<typeof adoptedPart>;
