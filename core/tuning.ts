import { z } from 'zod';
import { factoryTuning } from './factory/tuning.ts';
import { duration } from './fields.ts';
import { budgetSettings } from './operations.ts';

/** What an operator may change of a stage while it runs. What is left out stays as it is. */
export const tuning = z
  .strictObject({
    stage: z.string().optional().describe('the running stage; for a person who wants to be sure which one it is'),
    reason: z.string().optional(),
    timeout: duration.optional().describe('time budget of a rollout; those in flight take it at their next turn'),
    concurrency: z.int().min(1).max(500).optional().describe('rollouts in flight; of the factory, papers'),
    judgeQueue: z
      .int()
      .min(1)
      .optional()
      .describe('rollouts that may wait for the judge before no further one is admitted'),
    steps: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe('steps of RL still to be made, the one in the making among them'),
    factory: factoryTuning.optional().describe('of the factory alone; it takes the same by itself'),
    budget: budgetSettings.optional().describe('of the run; what is not named of it stays as it is'),
    overrule: z
      .strictObject({
        rollout: z.string().describe('one that scores 0 because the monitor found a violation in it'),
        reason: z.string().trim().min(1).max(2000).describe('why it is graded all the same; it stands in its verdict'),
      })
      .optional()
      .describe('has a rollout graded whatever the monitor found; in a message of its own'),
  })
  .refine((given) => changesStage(given) || isGiven(given.budget) || isGiven(given.overrule), {
    message: 'names nothing to change; there is timeout, concurrency, judgeQueue, steps, factory, budget, overrule',
  })
  .refine((given) => !isGiven(given.overrule) || !(changesStage(given) || isGiven(given.budget)), {
    path: ['overrule'],
    message: 'is said in a message of its own',
  });
export type Tuning = z.infer<typeof tuning>;
export type Overruling = NonNullable<Tuning['overrule']>;

/** Whether it changes the running stage, and not the run's budget alone. */
export const changesStage = (
  given: Partial<Record<'timeout' | 'concurrency' | 'judgeQueue' | 'steps' | 'factory', unknown>>,
): boolean => [given.timeout, given.concurrency, given.judgeQueue, given.steps, given.factory].some(isGiven);

const isGiven = (value: unknown): boolean => value !== undefined;
