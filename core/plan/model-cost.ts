import { dollars, type ModelSettings } from '../models.ts';
import type { ExpectedRollout } from './expected-rollout.ts';

/** What rollouts of a policy behind an address cost; null where the recipe has no price for it. */
export function rolloutUsd(model: ModelSettings, each: ExpectedRollout, rollouts: number): number | null {
  if (!model.price) return null;
  const { promptTokens, newTokens, outputTokens } = each;
  // Without a cache, or a price for it, every prompt is paid for in full each time.
  const isCached = !(model.type === 'anthropic' && model.cache === 'off') && model.price.cacheRead > 0;
  const isWritten = model.type === 'anthropic' && isCached && model.price.cacheWrite > 0;
  const fresh = isCached ? newTokens : promptTokens;
  const used = {
    inputTokens: isWritten ? 0 : fresh,
    cacheWriteTokens: isWritten ? fresh : 0,
    cacheReadTokens: promptTokens - fresh,
    outputTokens,
  };
  return rollouts * dollars(used, model.price);
}

/** What plain calls cost, each read anew; null where the recipe has no price for the model. */
export function callsUsd(
  model: ModelSettings | undefined,
  { inputTokens, outputTokens }: { inputTokens: number; outputTokens: number },
  batch: boolean,
): number | null {
  if (!model?.price) return null;
  return dollars({ inputTokens, outputTokens, cacheReadTokens: 0, cacheWriteTokens: 0 }, model.price, batch);
}

/** The sum of what is known; null where nothing is. */
export const sumUsd = (...parts: readonly (number | null)[]): number | null =>
  parts.reduce((sum, part) => (part === null ? sum : (sum ?? 0) + part), null);
