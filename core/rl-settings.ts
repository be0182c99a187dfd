import { z } from 'zod';
import { BASELINES } from './advantage.ts';
import { duration, name, share } from './fields.ts';
import { hyper, rlHyper } from './job.ts';
import { SUITES } from './micropaper/generate.ts';

const positive = z.number().gt(0);

/** The batch of a step and how it is played. Without defaults, so that a stage of the curriculum can set some of them anew. */
const batch = {
  tasksPerStep: z.int().min(1).max(500).describe('B: groups that a step is trained on'),
  rolloutsPerTask: z.int().min(2).max(500).describe('n: rollouts of a group, compared with their mean'),
  maxStaleness: z
    .int()
    .min(0)
    .max(16)
    .describe(
      'updates that a policy may be behind the one that is trained; 0 is strictly on-policy, from 1 on unfinished rollouts are carried over',
    ),
  concurrency: z
    .int()
    .min(1)
    .max(500)
    .describe(
      'rollouts in flight; slots of the pools limit execution, and half as many again as there are slots keep them busy',
    ),
};

const learningRate = positive.describe('constant within a stage');
const { clipRatio, klWeight, lossWeight } = rlHyper.shape;

/** What ends a stage before its steps are done; looked at after each step. Training scores only, never held-out ones. */
export const endRules = z.strictObject({
  after: z.int().min(1).default(1).describe('steps that are made in any case'),
  flatScore: z
    .strictObject({
      steps: z.int().min(1).describe('steps that are compared with as many before them'),
      gain: z.number().min(0).describe('the least that the mean score must have risen by'),
    })
    .optional()
    .describe('ends when the score has stopped rising'),
  cutShare: share.optional().describe('ends when no larger share of the rollouts of a step was cut by the timeout'),
  budget: z
    .strictObject({
      usd: positive.optional(),
      sandboxHours: positive.optional().describe('hours that sandboxes were held'),
    })
    .optional()
    .describe('ends when the rollouts of the stage have used this much'),
});
export type EndRules = z.infer<typeof endRules>;

const stageOfCurriculum = z.strictObject({
  timeout: duration.describe('T: the time budget of a rollout; the stage is called `rl-<timeout>`'),
  steps: z.int().min(1).max(10_000).describe('updates, at most'),
  tasksPerStep: batch.tasksPerStep.optional(),
  rolloutsPerTask: batch.rolloutsPerTask.optional(),
  maxStaleness: batch.maxStaleness.optional(),
  concurrency: batch.concurrency.optional(),
  learningRate: learningRate.optional(),
  ends: endRules.optional(),
});

/** How a step trains. The optimizer's state is fresh in each stage and carried from step to step. */
export const rlTraining = hyper
  .omit({
    rl: true,
    learningRate: true,
    warmupSteps: true,
    schedule: true,
    finalFraction: true,
    optimizer: true,
    keepOptimizer: true,
  })
  .extend({
    learningRate: learningRate.default(1e-6),
    minibatches: z.int().min(1).default(1).describe('updates that the windows of a batch are dealt into, each once'),
    clipRatio,
    klWeight,
    lossWeight,
    batchTokens: z
      .int()
      .min(1)
      .default(16_384)
      .describe('tokens that are held at a time; it changes no update, only memory'),
    seed: z.int().min(0).default(0),
    stuckAfter: duration.default('10m').describe('a job whose step counter stands still this long is killed'),
  });
export type RlTraining = z.infer<typeof rlTraining>;

/** Progressive RL: a stage for each timeout, each from the last one's checkpoint. */
export const rlStages = z
  .strictObject({
    type: z.literal('rl'),
    from: name.describe('the stage whose checkpoint the first stage starts from'),
    suite: z.enum(SUITES).default('train').describe('which tasks are played'),
    curriculum: z
      .array(stageOfCurriculum)
      .min(1)
      .describe('the stages, by growing timeout; what one sets holds for it alone'),
    tasksPerStep: batch.tasksPerStep,
    rolloutsPerTask: batch.rolloutsPerTask,
    maxStaleness: batch.maxStaleness.default(1),
    concurrency: batch.concurrency.default(64),
    baseline: z
      .enum(BASELINES)
      .default('rollout')
      .describe("whose mean a score is compared with: every rollout alike, or every window (the paper's formula)"),
    flatGroups: z
      .enum(['train', 'skip'])
      .default('skip')
      .describe('whether the windows of a group whose scores are all equal are trained, with advantage 0'),
    lookAfter: duration
      .default('2m')
      .describe('silence after which rollouts in flight are looked up, in case one died without a word'),
    ends: endRules.prefault({}),
    training: rlTraining.prefault({}),
  })
  .describe('progressive reinforcement learning: stages of growing timeouts');
export type RlStages = z.infer<typeof rlStages>;
