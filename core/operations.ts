import { z } from 'zod';
import { name } from './fields.ts';

/** What a run takes over of another one. */
export const forkSettings = z.strictObject({
  run: name.describe('the run that is forked'),
  stage: z
    .string()
    .min(1)
    .describe('its last stage that is taken over as it is, whatever the recipes say; the stages before it are too'),
  step: z
    .int()
    .min(1)
    .optional()
    .describe('of a stage of RL: the last step that is taken over; the stage goes on from there'),
});

const stages = z.array(z.string().min(1)).default([]);

/** Stages that wait for `approve`; for days, in no process's memory. */
export const approvalSettings = z.strictObject({
  before: stages.describe('stages that begin only when approved'),
  after: stages.describe('stages after which the run goes on only when approved'),
});

/** What a run may use in all. None of it is ever exceeded knowingly: the run parks first. */
export const budgetSettings = z.strictObject({
  tokens: z.number().positive().optional().describe('tokens of policies, in and out'),
  usd: z.number().positive().optional().describe('dollars'),
  gpuSeconds: z.number().positive().optional().describe('seconds of trainer jobs; the CPU counts as one device'),
  sandboxSeconds: z.number().positive().optional().describe('seconds that sandboxes were open'),
});
export type Budget = z.infer<typeof budgetSettings>;

const rule = z.strictObject({
  keepBest: z.int().min(0).default(0).describe('the best so many, of each stage, by score'),
  keepLast: z.int().min(0).default(0).describe('the last so many of each stage'),
});

/**
 * What is given up of finished stages once a run has ended; what a manifest names always stays, and so does every manifest. A
 * stage that was cancelled keeps what a start under the same id goes on with.
 */
export const retentionSettings = z.strictObject({
  turnLogs: rule.optional().describe('of rollouts: turn logs and submissions; records and verdicts stay'),
  checkpoints: rule.optional().describe("of the steps of RL; a stage's own checkpoint stays"),
});

/** The fields of a recipe by which an operator steers its run. */
export const operations = {
  resumeFrom: name
    .optional()
    .describe('a run whose finished stages and rollouts are taken over where the recipe and its inputs say the same'),
  forkFrom: forkSettings.optional().describe('a run that is gone on with from a stage by this recipe'),
  approve: approvalSettings.prefault({}).describe('where the run waits for a person'),
  budget: budgetSettings.optional().describe('what the run may use in all; it parks before more is used'),
  retention: retentionSettings
    .optional()
    .describe('what the janitor gives up of finished stages once the run has ended; nothing by default'),
};
