import { z } from 'zod';
import { stated } from './assumptions.ts';

const slots = z.object({
  /** Rollouts that are played, and submissions that are judged, at a time. */
  rollout: z.int().min(1),
  judge: z.int().min(1),
});
export type Slots = z.infer<typeof slots>;

/** What a stage, or a whole run, is expected to take. */
export const plannedWork = z.object({
  rollouts: z.number(),
  turns: z.number(),
  /** Tokens of all prompts, those of them that no prompt before had, and those sampled. */
  promptTokens: z.number(),
  newTokens: z.number(),
  outputTokens: z.number(),
  /** Tokens of rows that are trained on, counted each time. */
  trainedTokens: z.number(),
  /** Submissions that are judged, their leaves, and what of it language models are asked. */
  judgings: z.number(),
  leaves: z.number(),
  judgeCalls: z.number(),
  judgeInputTokens: z.number(),
  judgeOutputTokens: z.number(),
  /** No schedule is shorter than this. */
  leastSeconds: z.number(),
  /** History events of all its workflows, and of the longest single one. */
  events: z.number(),
  longestHistory: z.number(),
  bytes: z.number(),
  /** Null where nothing that it asks has a price. */
  usd: z.number().nullable(),
});
export type PlannedWork = z.infer<typeof plannedWork>;

export const plannedStage = plannedWork.extend({ name: z.string(), type: z.string() });
export type PlannedStage = z.infer<typeof plannedStage>;

/** What `npm run plan -- FILE --json` prints. */
export const plan = z.object({
  recipe: z.string(),
  slots,
  stages: z.array(plannedStage),
  total: plannedWork,
  assumptions: z.array(stated),
  /** What a reader should know before starting the run. */
  notes: z.array(z.string()),
});
export type Plan = z.infer<typeof plan>;

export const noWork = (): PlannedWork => ({
  rollouts: 0,
  turns: 0,
  promptTokens: 0,
  newTokens: 0,
  outputTokens: 0,
  trainedTokens: 0,
  judgings: 0,
  leaves: 0,
  judgeCalls: 0,
  judgeInputTokens: 0,
  judgeOutputTokens: 0,
  leastSeconds: 0,
  events: 0,
  longestHistory: 0,
  bytes: 0,
  usd: null,
});

/** Several pieces of work, one after the other. */
export function addWork(all: readonly PlannedWork[]): PlannedWork {
  const total = noWork();
  for (const work of all) {
    for (const key of Object.keys(total) as (keyof PlannedWork)[]) {
      if (key === 'usd') total.usd = work.usd === null ? total.usd : (total.usd ?? 0) + work.usd;
      else if (key === 'longestHistory') total[key] = Math.max(total[key], work[key]);
      else total[key] += work[key];
    }
  }
  return total;
}
