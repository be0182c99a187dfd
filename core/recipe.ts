import { z } from 'zod';
import { admissionSettings } from './admission-settings.ts';
import { agentContradictions } from './agent/settings.ts';
import { factorySettings } from './factory/factory-settings.ts';
import { name, share } from './fields.ts';
import { judgeContradictions, judgeSettings } from './judge-settings.ts';
import { scriptedMistakes } from './micropaper/mistakes.ts';
import { modelContradictions, modelPolicy } from './model-policy.ts';
import { modelSettings } from './models.ts';
import { operations } from './operations.ts';
import { recipeAssumptions } from './plan/assumptions.ts';
import { contradictions } from './recipe-contradictions.ts';
import { recipeStage } from './recipe-stages.ts';
import { rolloutSettings } from './rollout-settings.ts';
import { studentSettings } from './student.ts';
import { taskSettings } from './task-settings.ts';

const policy = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('scripted'),
      seed: z.int().default(0),
      mistakes: scriptedMistakes.prefault({}).describe('how often it errs, each a probability'),
    })
    .describe('a program that plays micropapers; it stands in for a teacher where there is no API key'),
  modelPolicy,
  z.strictObject({ type: z.literal('idle') }).describe('submits at once: the floor of every table'),
]);

/** The JSON that describes a run. Unknown keys are refused; defaults are resolved once, at the start of the run. */
export const recipe = z
  .strictObject({
    $schema: z.string().optional().describe('for editors; nothing depends on it'),
    name: name.describe('also the run id where none is given'),
    description: z.string().optional().describe('what the run is for, for people'),
    seed: z.int().default(0).describe('seeds every rollout, together with its id'),
    tasks: taskSettings.describe('what is to be reproduced'),
    policies: z.record(name, policy).describe('who plays besides the checkpoints of the run, by name'),
    models: z
      .record(name, modelSettings)
      .default({})
      .describe('language models behind an address, by name, for policies, judges and the factory'),
    factory: factorySettings.optional().describe('how papers become tasks, where `tasks` is of the type `factory`'),
    student: studentSettings.optional().describe('how the model that is trained is asked, and what it sees'),
    rollout: rolloutSettings.prefault({}),
    judge: judgeSettings.prefault({ type: 'check' }).describe('who grades leaves'),
    evaluationJudge: judgeSettings
      .optional()
      .describe(
        'who grades them in evaluations, where it is another: nothing is then measured by what it was trained on',
      ),
    admission: admissionSettings.prefault({}).describe('how the rollouts of a stage are let in'),
    ...operations,
    maxInfraFailedShare: share.default(0.2).describe('above this share of infra-failed rollouts a stage parks'),
    assumptions: recipeAssumptions
      .prefault({})
      .describe('what `npm run plan` takes for granted instead of its own; nothing of a run depends on it'),
    stages: z.array(recipeStage).min(1).describe('what is done, in this order'),
  })
  .superRefine((value, context) => {
    const all = [
      ...contradictions(value),
      ...modelContradictions(value),
      ...judgeContradictions(value),
      ...agentContradictions(value),
    ];
    for (const issue of all) context.addIssue({ code: 'custom', ...issue });
  });
export type Recipe = z.infer<typeof recipe>;
export type PolicySpec = Recipe['policies'][string];
