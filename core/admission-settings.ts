import { z } from 'zod';
import { duration } from './fields.ts';

/** How the rollouts of a stage are let in, so that its judge is neither swamped nor left without work. */
export const admissionSettings = z.strictObject({
  spread: duration
    .optional()
    .describe(
      'rollouts that could begin at once begin evenly over this time, so that those which their timeout cuts do not reach the judge at once; less than the shortest timeout',
    ),
  judgeQueue: z
    .int()
    .min(1)
    .default(64)
    .describe('no further rollout of a stage is admitted while this many of its rollouts wait for the judge'),
  judgeAfter: duration.default('30s').describe('a submission that is not graded by then counts as waiting'),
});
export type AdmissionSettings = z.infer<typeof admissionSettings>;
