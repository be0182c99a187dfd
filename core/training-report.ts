import { z } from 'zod';

/** What a training stage did, for its manifest and the report. */
export const trainingReport = z.object({
  checkpoint: z.string(),
  /** Rows and trained tokens of the dataset; 0 where the model was only created. */
  rows: z.number().int(),
  trainedTokens: z.number().int(),
  steps: z.number().int(),
  /** Of the trainer: the last step's figures. */
  metrics: z.record(z.string(), z.number()),
  /** Measured seconds of the job. */
  seconds: z.number(),
});
export type TrainingReport = z.infer<typeof trainingReport>;
