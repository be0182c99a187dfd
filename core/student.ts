import { z } from 'zod';
import { rendererSettings } from './renderer-settings.ts';
import { windowsConfig } from './windows-config.ts';

/** How the model that is trained is asked for a turn, and what it sees. */
export const studentSettings = z
  .strictObject({
    windows: z
      .strictObject({
        maxTokens: windowsConfig.shape.maxTokens,
        overlap: windowsConfig.shape.overlap,
        reserve: windowsConfig.shape.reserve,
      })
      .describe('how a trajectory longer than the context becomes prompts and training rows'),
    sampling: z.strictObject({
      maxTokens: z.int().min(1).describe('sampled tokens of one turn, the one that ends it included'),
      temperature: z.number().min(0).default(1),
      topP: z.number().gt(0).max(1).default(1),
    }),
    renderer: rendererSettings.prefault({}),
    observationTokens: z
      .int()
      .min(1)
      .optional()
      .describe('cap of what comes back in a turn, frame included; the rest of the reserve where it is not given'),
    server: z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.literal('embedded') }).describe('the policy server of the trainer package'),
        z.strictObject({ type: z.literal('openai'), url: z.url(), model: z.string() }).describe('vLLM and its like'),
        z.strictObject({ type: z.literal('sglang'), url: z.url(), model: z.string() }),
      ])
      .prefault({ type: 'embedded' })
      .describe('who serves its checkpoints'),
  })
  .refine((value) => value.windows.overlap + value.windows.reserve <= value.windows.maxTokens, {
    message: 'overlap + reserve must be at most maxTokens',
    path: ['windows', 'overlap'],
  })
  .refine((value) => observationTokens(value) >= 1, {
    message: 'leaves no room for an observation: it holds sampling.maxTokens, the generation prompt and what comes back',
    path: ['windows', 'reserve'],
  });
export type StudentSettings = z.infer<typeof studentSettings>;

/** The cap of what comes back in a turn: what the reserve leaves beside the sampled tokens and the generation prompt. */
export function observationTokens(student: {
  windows: { reserve: number };
  sampling: { maxTokens: number };
  observationTokens?: number | undefined;
}): number {
  return student.observationTokens ?? student.windows.reserve - student.sampling.maxTokens - 1;
}
