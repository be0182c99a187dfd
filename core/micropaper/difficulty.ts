import { z } from 'zod';
import { share } from '../fields.ts';
import { MAX_EXPERIMENTS, MAX_VALUES } from './page.ts';

const count = z.number().int();

/** How hard the micropapers of a recipe are. The defaults are the world in which the small student was developed. */
export const micropaperDifficulty = z
  .strictObject({
    experiments: z
      .strictObject({
        min: count.min(1).max(MAX_EXPERIMENTS).default(12),
        max: count.min(1).max(MAX_EXPERIMENTS).default(16),
      })
      .refine(({ min, max }) => min <= max, 'min must not be above max')
      .prefault({})
      .describe('How many experiments a page has; more make longer trajectories and more to look up.'),
    warmupShare: share
      .default(0.4)
      .describe('Share of the experiments that also set warmup, the parameter that is easily forgotten.'),
    values: count
      .min(1)
      .max(MAX_VALUES)
      .default(MAX_VALUES)
      .describe(
        'How many values a parameter can take, from 00 on; at least as many as experiments, for none repeats in a page.',
      ),
    secondsPerRun: z
      .strictObject({ min: count.min(0).max(9999).default(20), max: count.min(0).max(9999).default(80) })
      .refine(({ min, max }) => min <= max, 'min must not be above max')
      .prefault({})
      .describe("Seconds on the rollout's clock that one run takes; longer runs leave less done before the timeout."),
  })
  .refine(({ experiments, values }) => values >= experiments.max, {
    path: ['values'],
    message: 'must be at least experiments.max, because no value occurs twice in a page',
  });
export type MicropaperDifficulty = z.infer<typeof micropaperDifficulty>;
