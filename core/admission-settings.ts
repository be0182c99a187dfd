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
    .describe(
      'rollouts of a stage that may wait for the judge; where more do, no more are in flight than a full queue and what the judge grades while one comes to wait. At least the slots of the judge, or `judgeAfter` longer than a judging',
    ),
  judgeAfter: duration.default('30s').describe('a submission that is not graded by then counts as waiting'),
});
export type AdmissionSettings = z.infer<typeof admissionSettings>;
