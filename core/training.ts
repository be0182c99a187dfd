import { z } from 'zod';
import { duration } from './fields.ts';
import { hyper, init } from './job.ts';

/** The model of an init stage: see the trainer's job. */
export const initSettings = init
  .omit({ vocabSize: true })
  .extend({ seed: z.int().min(0).default(0) })
  .refine((value) => (value.mode === 'checkpoint') === (value.path?.startsWith('/') ?? false), {
    message: 'the absolute path of a folder on the trainer’s machines, with mode checkpoint and with no other',
    path: ['path'],
  })
  .refine((value) => value.mode !== 'checkpoint' || value.config === null, {
    message: 'a checkpoint that is taken over brings its own',
    path: ['config'],
  });

/** How a training stage trains: the trainer's job without what names and paths say. */
export const trainingSettings = hyper.omit({ rl: true }).extend({
  steps: z.int().min(1).describe('updates of the weights'),
  batchTokens: z.int().min(1).default(2048).describe("tokens of a step's batch; a row is never cut"),
  seed: z.int().min(0).default(0),
  stuckAfter: duration.default('10m').describe('a job whose step counter stands still this long is killed'),
});
export type TrainingSettings = z.infer<typeof trainingSettings>;
