import { z } from 'zod';
import { acceptanceRules } from './acceptance.ts';
import { duration, name } from './fields.ts';
import { SUITES } from './micropaper/generate.ts';
import { rlStages } from './rl-settings.ts';
import { initSettings, trainingSettings } from './training.ts';

const suite = z.enum(SUITES).describe('which tasks are played');

/** `distill` and `evaluate-…` are names of their own stages. */
const stageName = name.refine(
  (text) => !/^(distill|evaluate|factory|rl)(-|$)/.test(text),
  'is the name of another kind of stage',
);

const rollouts = {
  rolloutsPerTask: z.int().min(1).max(1000).describe('attempts at each task'),
  timeout: duration.describe('the time budget of a rollout'),
  concurrency: z
    .int()
    .min(1)
    .max(500)
    .default(64)
    .describe('rollouts admitted at a time; slots of the pools limit execution'),
};

const initStage = z
  .strictObject({
    type: z.literal('init'),
    name: stageName,
    model: initSettings.describe('the model to create'),
    tokenizer: z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.literal('micropaper') }).describe('one word is one token'),
        z
          .strictObject({ type: z.literal('path'), path: z.string().min(1) })
          .describe('a folder that AutoTokenizer loads'),
      ])
      .prefault({ type: 'micropaper' }),
  })
  .describe('creates the student that later stages train');

const trainingData = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('drills'),
      examples: z.int().min(1).default(16_000),
      seed: z.int().default(0),
    })
    .describe('copy drills: page lines, then the same lines in another order'),
  z
    .strictObject({
      type: z.literal('trajectories'),
      mode: z.enum(['windows', 'truncated']).default('windows').describe('`truncated` keeps the first window only'),
      overlapLoss: z.enum(['once', 'both']).default('once'),
    })
    .describe('the trajectories that the distillation kept'),
]);

const sftStage = z
  .strictObject({
    type: z.literal('sft'),
    name: stageName.default('sft'),
    from: name.describe('the stage whose checkpoint is trained'),
    data: trainingData,
    training: trainingSettings,
  })
  .describe('supervised training of the student');

/** A stage of a recipe; an evaluation of several policies becomes one stage workflow for each. */
export const recipeStage = z.discriminatedUnion('type', [
  initStage,
  sftStage,
  rlStages,
  z.strictObject({
    type: z.literal('distill'),
    policy: name.describe('the teacher'),
    suite: suite.default('train'),
    ...rollouts,
    accept: acceptanceRules,
  }),
  z.strictObject({
    type: z.literal('evaluate'),
    policies: z.array(name).min(1).describe('policies of the recipe, or stages whose checkpoint is evaluated'),
    suite: suite.default('heldout'),
    papers: z
      .int()
      .min(1)
      .optional()
      .describe('only the first so many tasks of the suite; all of them where it is left out'),
    alongside: z
      .boolean()
      .default(false)
      .describe(
        'plays as soon as the checkpoint is there, while the next stages go on, on slots that they leave; the run ends after it',
      ),
    ...rollouts,
  }),
]);
export type RecipeStage = z.infer<typeof recipeStage>;
