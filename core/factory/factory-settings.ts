import { z } from 'zod';
import { duration, name, share } from '../fields.ts';
import { judgeSettings, type LlmJudgeSettings } from '../judge-settings.ts';
import { rubricSettings } from '../rubric-builder/settings.ts';
import { decontaminationSettings } from './decontamination.ts';
import { filterRule } from './filters.ts';
import { sourceQuery } from './query.ts';
import { askingSettings, codeSettings, conversionSettings } from './settings.ts';

/** Whether the finished rubric tells code that does it from code that does not. */
const dryJudging = z.strictObject({
  official: share.default(0.6).describe('the least score of the official code; its code is judged, it is not run'),
  empty: share.default(0).describe('the highest score of a submission without files'),
  shuffled: share.default(0.3).describe('the highest score of the official code with its lines shuffled'),
});

export const papersAtATime = z.int().min(1).max(500);
export const callsPerPaper = z.int().min(1).max(32);

/** How papers become tasks. */
export const factorySettings = z.strictObject({
  sources: z.array(sourceQuery).min(1).describe('where papers are looked for; the same paper is taken once'),
  asking: askingSettings.prefault({}),
  filters: z
    .array(filterRule)
    .default([
      { filter: 'length', minWords: 500, maxWords: 40_000 },
      { filter: 'quality', maxUnreadable: 0.02, maxEmptyPages: 0.3, sections: [] },
    ])
    .describe('which papers are kept, in this order'),
  conversion: conversionSettings.prefault({ converter: 'built-in' }),
  code: codeSettings.prefault({}),
  decontamination: decontaminationSettings.prefault({}),
  models: z
    .strictObject({
      builder: name.describe('writes rubric and addendum'),
      reviewer: name.optional().describe('another model, which objects; without it the builder reviews itself'),
      judge: name.optional().describe('grades in the dry judging; without it there is none'),
    })
    .describe('names of the recipe’s models'),
  rubric: rubricSettings.prefault({}),
  dryJudging: dryJudging.prefault({}),
  codeCharacters: z
    .int()
    .min(0)
    .default(120_000)
    .describe('of the official code, how much a call sees; quotes are looked for in all of it'),
  callsPerPaper: callsPerPaper.default(4).describe('calls of one paper at a time'),
  concurrency: papersAtATime.default(64).describe('papers at a time'),
  heartbeat: duration.default('30s').describe('silence after which a worker is taken for dead'),
  stuckAfter: duration.default('1h').describe('measured time without progress after which an attempt is given up'),
  maxFailedShare: share
    .default(0.2)
    .describe('above this share of papers that failed for reasons of infrastructure, the factory fails'),
  budget: z
    .strictObject({
      paperUsd: z.number().positive().default(25).describe('a paper that costs more is dropped'),
      usd: z.number().positive().optional().describe('the factory waits for an operator when it has paid this much'),
    })
    .prefault({}),
  approveAfter: z
    .int()
    .min(0)
    .default(0)
    .describe('so many rubrics are made first and wait for a person’s `approve`; 0: none'),
});
export type FactorySettings = z.infer<typeof factorySettings>;

/** The judge of the dry judging: what was never run is graded by what was written. */
export function dryJudgeSettings({ models: { judge } }: FactorySettings): LlmJudgeSettings {
  const settings = judgeSettings.parse({ type: 'llm', model: judge, variant: 'code-development' });
  if (settings.type !== 'llm') throw new Error('the dry judging is by a language model');
  return settings;
}
