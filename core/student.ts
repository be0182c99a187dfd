import { z } from 'zod';
import { rendererSettings } from './renderer-settings.ts';
import { windowsConfig } from './windows-config.ts';

const { maxTokens, overlap, reserve } = windowsConfig.shape;

const address = z.url({ protocol: /^https?$/ });

const server = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('embedded') }).describe("the trainer pool's own policy server"),
  z
    .strictObject({
      type: z.enum(['vllm', 'sglang', 'openai']),
      url: z
        .union([address, z.array(address).min(1)])
        .describe('where it answers, without /v1; a list where several serve the same'),
      model: z.string().min(1).describe('the name that it serves the checkpoint under'),
    })
    .describe('an engine that somebody else runs; `openai`: one that answers as the embedded server does'),
]);

/** The recipe's student: what the model that is trained sees of its past, and how it is asked. */
export const studentSettings = z
  .strictObject({
    windows: z
      .strictObject({ maxTokens, overlap, reserve })
      .refine((value) => value.overlap + value.reserve <= value.maxTokens, {
        message: 'overlap + reserve must be at most maxTokens',
        path: ['overlap'],
      })
      .describe('the same windows in prompts and in training rows'),
    sampling: z.strictObject({
      maxTokens: z.int().min(1).describe('tokens of one answer, at most'),
      temperature: z
        .number()
        .min(0)
        .max(100)
        .default(1)
        .describe('1 samples from what was trained; 0 takes the likeliest'),
      topP: z.number().gt(0).max(1).default(1).describe('share of the likeliest tokens that are sampled from'),
    }),
    renderer: rendererSettings.prefault({}),
    observationTokens: z
      .int()
      .min(1)
      .optional()
      .describe('cap of what comes back in a turn, frame included; without it what the reserve leaves, less one token'),
    server: server.prefault({ type: 'embedded' }),
  })
  .refine((value) => value.sampling.maxTokens + observationTokens(value) < value.windows.reserve, {
    message: 'sampling.maxTokens + observationTokens must be less than windows.reserve: one token opens the turn',
    path: ['windows', 'reserve'],
  });
export type StudentSettings = z.infer<typeof studentSettings>;

export type OutsideServer = Exclude<StudentSettings['server'], { type: 'embedded' }>;

/** The addresses of the engines that somebody else runs. */
export const enginesOf = ({ url }: OutsideServer): string[] => (typeof url === 'string' ? [url] : url);

/** The cap of a turn's observations in tokens: as set, or the reserve without the answer and the token that opens it. */
export function observationTokens(settings: {
  windows: { reserve: number };
  sampling: { maxTokens: number };
  observationTokens?: number | undefined;
}): number {
  return settings.observationTokens ?? Math.max(1, settings.windows.reserve - settings.sampling.maxTokens - 1);
}
