import { z } from 'zod';
import { name } from './fields.ts';
import type { ModelSettings } from './models.ts';

/** A language model of the recipe that plays. */
export const modelPolicy = z
  .strictObject({
    type: z.literal('model'),
    model: name.describe('which of the models of the recipe'),
    toolFormat: z
      .enum(['tools', 'plain'])
      .default('tools')
      .describe('`tools`: it calls tools; `plain`: the text of its answer is the command'),
    temperature: z.number().min(0).max(2).optional().describe("instead of the model's own"),
    windows: z
      .strictObject({
        maxTokens: z
          .int()
          .min(2048)
          .optional()
          .describe("L_max: tokens of a prompt; the model's contextTokens where it is not given"),
        overlap: z
          .int()
          .min(0)
          .default(40_000)
          .describe('O: tokens of last turns that the next window begins with, at most'),
        observationTokens: z.int().min(100).default(20_000).describe('of what comes back in a turn, at most'),
      })
      .prefault({})
      .describe('what it sees of its past; its student has windows of its own'),
  })
  .describe('a language model that plays, such as the teacher');
export type ModelPolicySettings = z.infer<typeof modelPolicy>;

/** Its windows with what the model itself allows filled in; the overlap leaves most of the room to new turns. */
export function windowsFor({ windows }: ModelPolicySettings, { contextTokens, maxTokens }: ModelSettings) {
  const most = Math.min(windows.maxTokens ?? contextTokens, contextTokens);
  const room = Math.max(0, most - maxTokens - windows.observationTokens - 1000);
  return { ...windows, maxTokens: most, overlap: Math.min(windows.overlap, Math.floor(room / 4)) };
}

interface Naming {
  models: Record<string, unknown>;
  policies: Record<string, { type: string; model?: string | undefined }>;
}

/** What a recipe's policies say of models that are not there. */
export function modelContradictions({ models, policies }: Naming): { path: (string | number)[]; message: string }[] {
  return Object.entries(policies).flatMap(([policy, { type, model = '' }]) => {
    if (type !== 'model' || Object.hasOwn(models, model)) return [];
    const known = Object.keys(models).join(', ') || 'none';
    return [{ path: ['policies', policy, 'model'], message: `no such model; there is ${known}` }];
  });
}
