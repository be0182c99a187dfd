import type { Served } from './types.ts';

export interface Figures {
  /** Requests that came, those that were let in, and those that were answered to the end. */
  asked: number;
  admitted: number;
  answered: number;
  refused: number;
  broken: number;
  /** Milliseconds on this process's clock of the first and the last admitted request. */
  from: number;
  to: number;
  inputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
}

export function figuresOf(served: readonly Served[]): Figures {
  const admitted = served.filter(({ status }) => status === 200 || status === 0);
  const sum = (field: 'input_tokens' | 'output_tokens' | 'cache_read_input_tokens' | 'cache_creation_input_tokens') =>
    served.reduce((total, { usage }) => total + (usage?.[field] ?? 0), 0);
  return {
    asked: served.length,
    admitted: admitted.length,
    answered: served.filter(({ status }) => status === 200).length,
    refused: served.filter(({ status }) => status === 429).length,
    broken: served.filter(({ status }) => status === 0).length,
    from: admitted[0]?.at ?? 0,
    to: admitted.at(-1)?.at ?? 0,
    inputTokens: sum('input_tokens'),
    cacheReadTokens: sum('cache_read_input_tokens'),
    cacheWriteTokens: sum('cache_creation_input_tokens'),
    outputTokens: sum('output_tokens'),
  };
}
