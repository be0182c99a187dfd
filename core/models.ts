import { z } from 'zod';
import { duration } from './fields.ts';
import type { Usage } from './trajectory.ts';

const perMillion = z.number().min(0);
const perMinute = z.int().min(1);

/** Dollars for a million tokens of each kind; batches are billed at a share of it. */
export const price = z.strictObject({
  input: perMillion.describe('tokens that were not read from the cache'),
  output: perMillion.describe('sampled tokens, thinking included'),
  cacheWrite: perMillion.default(0).describe('tokens that were written to the cache'),
  cacheRead: perMillion.default(0).describe('tokens that were read from the cache'),
  batchShare: z.number().min(0).max(1).default(0.5).describe('share of the price that a batch is billed at'),
});
export type Price = z.infer<typeof price>;

/** What a provider allows. All rollouts and judges of all workers share it, for models of the same address, key and name. */
export const modelLimits = z.strictObject({
  requestsPerMinute: perMinute.optional(),
  inputTokensPerMinute: perMinute.optional().describe('tokens read from the cache are not counted'),
  outputTokensPerMinute: perMinute.optional(),
  concurrent: z.int().min(1).default(64).describe('requests in flight at a time'),
});
export type ModelLimits = z.infer<typeof modelLimits>;

const thinking = z.discriminatedUnion('type', [
  z
    .strictObject({ type: z.literal('enabled'), budgetTokens: z.int().min(1024) })
    .describe('thinks with at most so many tokens of each answer'),
  z.strictObject({ type: z.literal('adaptive') }).describe('the model decides how much it thinks'),
]);

const keyVariable = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, 'must be the name of an environment variable')
  .describe('the environment variable of the workers that holds the key; the key itself is never in a recipe');

const common = {
  model: z.string().min(1).describe('the name that the provider knows it by'),
  maxTokens: z.int().min(1).default(8192).describe('tokens of one answer at most, thinking included'),
  contextTokens: z.int().min(1024).default(200_000).describe('tokens that prompt and answer may have together'),
  temperature: z.number().min(0).max(2).optional().describe("the provider's own where it is not given"),
  effort: z
    .enum(['low', 'medium', 'high', 'xhigh', 'max'])
    .optional()
    .describe('how hard it tries, where it knows that'),
  timeout: duration.default('10m').describe('measured time after which one call is given up and made again'),
  patience: duration.default('15m').describe('how long a call waits in all for a provider that is busy or away'),
  price: price.optional().describe('without it the tokens are counted and the dollars are not'),
  limits: modelLimits.prefault({}),
};

/** A language model behind an address, as the recipe names it: teacher, judge or factory. */
export const modelSettings = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('anthropic'),
      ...common,
      baseUrl: z
        .url({ protocol: /^https?$/ })
        .default('https://api.anthropic.com')
        .describe('where it answers, without /v1'),
      apiKeyEnv: keyVariable.default('ANTHROPIC_API_KEY'),
      thinking: thinking.optional().describe('none where it is not given'),
      cache: z.enum(['5m', '1h', 'off']).default('5m').describe('how long a prompt is kept by the provider'),
    })
    .refine((value) => value.thinking?.type !== 'enabled' || value.thinking.budgetTokens < value.maxTokens, {
      message: 'thinking.budgetTokens must be less than maxTokens',
      path: ['thinking', 'budgetTokens'],
    })
    .describe('the Messages API'),
  z
    .strictObject({
      type: z.literal('openai-compatible'),
      ...common,
      baseUrl: z.url({ protocol: /^https?$/ }).describe('where it answers, without /v1'),
      apiKeyEnv: keyVariable.optional(),
    })
    .describe('chat completions as OpenAI has them: vLLM, SGLang and most gateways'),
]);
export type ModelSettings = z.infer<typeof modelSettings>;

/** What tokens cost; nothing is known where the recipe gives no price. */
export function dollars(used: Omit<Usage, 'usd'>, of: Price | undefined, batch = false): number {
  if (!of) return 0;
  const { inputTokens, outputTokens, cacheWriteTokens, cacheReadTokens } = used;
  const full =
    inputTokens * of.input +
    outputTokens * of.output +
    cacheWriteTokens * of.cacheWrite +
    cacheReadTokens * of.cacheRead;
  return (full * (batch ? of.batchShare : 1)) / 1e6;
}
