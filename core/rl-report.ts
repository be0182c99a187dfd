import { z } from 'zod';

const count = z.number().int().min(0);

/** Where the seconds of a step went, by the clock on the wall. They add up to the step's, but for what the workflow itself takes. */
export const stepSeconds = z.object({
  total: z.number(),
  /** Until the last rollout of the batch had been played. */
  rollout: z.number(),
  /** From then on until it was judged. */
  judge: z.number(),
  /** Making the batch's windows, and the update. The trainer is idle in the rest of the step. */
  train: z.number(),
  /** Bringing the engines to the new checkpoint. */
  sync: z.number(),
});

/** One step of an RL stage: one batch, and the update that was made of it. */
export const rlStep = z.object({
  /** From 1. */
  step: z.number().int().min(1),
  /** What the step left: the checkpoint of this step, or the one before where nothing could be learnt. */
  checkpoint: z.string(),
  trained: z.boolean(),
  startedAt: z.string(),
  endedAt: z.string(),
  /** Of the batch's scored rollouts, at the stage's timeout and on the papers that it learns from. */
  score: z.object({ mean: z.number().nullable(), stderr: z.number().nullable(), n: count }),
  /** Means over the same rollouts. */
  turns: z.number().nullable(),
  activeSeconds: z.number().nullable(),
  /** How they ended, by kind of end; `budget` is cut by the timeout. */
  ends: z.record(z.string(), count),
  /** Groups of the batch, and those whose scores were all equal. */
  groups: z.object({ count, flat: count }),
  /** Rollouts that were lost to machines or cancelled, and replaced. */
  lost: count,
  rows: count,
  trainedTokens: count,
  seconds: stepSeconds,
  slots: z.object({
    /** Rollouts that may be in flight at a time. */
    count,
    /** Mean share of them that was, over the step. */
    utilisation: z.number(),
  }),
  /** Turns of the batch by how many updates their policy was behind the one that was trained. */
  staleness: z.record(z.string(), count),
  /** Of the trainer: ratioMean, ratioMax, clippedShare, kl, entropy, lastGradNorm, mismatch, mismatchMean and others. */
  metrics: z.record(z.string(), z.number()),
});
export type RlStep = z.infer<typeof rlStep>;

/** Why a stage ended. */
export const STAGE_ENDS = ['steps', 'flat-score', 'cut-share', 'budget', 'approved', 'cancelled'] as const;
export type StageEnd = (typeof STAGE_ENDS)[number];

/** What an RL stage did, for its manifest and the report. */
export const rlReport = z.object({
  /** As the recipe writes it; the last one, where an operator has tuned it. */
  timeout: z.string(),
  /** The checkpoint that it started from, and measures its KL to. */
  from: z.string(),
  endedBy: z.enum(STAGE_ENDS),
  maxStaleness: count,
  steps: z.array(rlStep),
});
export type RlReport = z.infer<typeof rlReport>;

/** `stages/<stage>/steps/<step>.json`: a step that is done. A stage that is entered again goes on after the last one. */
export const rlStepRecord = rlStep.extend({
  /** The groups that it was trained on; each once in a stage. */
  batch: z.array(z.object({ step: count, task: z.string() })),
  /** Of the checkpoint's manifest. */
  manifestSha256: z.string(),
});
export type RlStepRecord = z.infer<typeof rlStepRecord>;

/** `stages/<stage>/plan/<step>.json`: the rollouts of a round that were ever admitted, written before they begin. */
export const rlPlan = z.object({
  groups: z.array(z.object({ task: z.string(), members: count, since: count })),
});
export type RlPlan = z.infer<typeof rlPlan>;
