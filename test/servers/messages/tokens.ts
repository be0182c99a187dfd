import type { Body } from './types.ts';

/** About four characters a token. */
export const tokensIn = (value: unknown): number =>
  Math.ceil((typeof value === 'string' ? value : JSON.stringify(value ?? '')).length / 4);

/** Of a whole prompt. */
export const promptTokens = ({ tools, system, messages }: Body): number =>
  (tools ? tokensIn(tools) : 0) + (system ? tokensIn(system) : 0) + tokensIn(messages);
