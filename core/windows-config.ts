import { z } from 'zod';

/** The recipe's windows: how a trajectory longer than the student's context becomes training rows and prompts. */
export const windowsConfig = z
  .strictObject({
    maxTokens: z.int().min(16).describe('L_max: tokens that a window holds at most, the prefix included'),
    overlap: z.int().min(0).describe('O: tokens of last turns that the next window begins with, at most'),
    reserve: z.int().min(4).describe('R: room for one turn; the sampling limit plus the observation cap'),
    overlapLoss: z
      .enum(['once', 'both'])
      .default('once')
      .describe('whether carried-over turns are trained again: `once` never, `both` as the paper writes it'),
    mode: z
      .enum(['windows', 'truncated'])
      .default('windows')
      .describe('`truncated` keeps the first maxTokens tokens of a trajectory only: the baseline'),
  })
  .refine((value) => value.overlap + value.reserve <= value.maxTokens, {
    message: 'overlap + reserve must be at most maxTokens',
    path: ['overlap'],
  });
export type WindowsConfig = z.infer<typeof windowsConfig>;
