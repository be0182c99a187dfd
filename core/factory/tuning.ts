import { z } from 'zod';
import { callsPerPaper, papersAtATime } from './factory-settings.ts';

/** What an operator may change of a factory while it works. What is left out stays as it is. */
export const factoryTuning = z
  .strictObject({
    reason: z.string().optional(),
    concurrency: papersAtATime.optional().describe('papers at a time'),
    callsPerPaper: callsPerPaper.optional().describe('calls of one paper at a time, from its next activity on'),
    budget: z
      .strictObject({
        paperUsd: z.number().positive().optional().describe('what a paper may cost before it is dropped'),
        usd: z.number().positive().optional().describe('what is paid in all before it waits for an operator'),
      })
      .optional(),
  })
  .refine(changesFactory, { message: 'names nothing to change; there is concurrency, callsPerPaper, budget' });
export type FactoryTuning = z.infer<typeof factoryTuning>;

interface Changes {
  concurrency?: unknown;
  callsPerPaper?: unknown;
  budget?: { paperUsd?: unknown; usd?: unknown } | undefined;
}

function changesFactory({ concurrency, callsPerPaper: calls, budget }: Changes): boolean {
  return [concurrency, calls, budget?.paperUsd, budget?.usd].some((value) => value !== undefined);
}
