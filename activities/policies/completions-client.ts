import { createHttp } from './completions-http.ts';
import { openai } from './completions-openai.ts';
import { sglang } from './completions-sglang.ts';
import type { Completion, CompletionRequest, Dialect, WeightUpdate } from './completions-types.ts';
import { exchange } from './http-exchange.ts';
import { vllm } from './completions-vllm.ts';

export { CompletionsError } from './completions-error.ts';
export type { Completion, CompletionRequest } from './completions-types.ts';

export interface CompletionsOptions {
  /** Without `/v1` and without a slash at the end. */
  baseUrl: string;
  /** `openai`: the embedded server and what speaks as it does; `vllm` from 0.11 on; `sglang`: its native routes. */
  dialect?: 'openai' | 'vllm' | 'sglang';
}

/** A server of policies that is asked by token ids and answers token ids. It never tries again: that is the caller's. */
export interface CompletionsClient {
  /** Samples one answer. CompletionsError where there is none; an abort rejects with the signal's reason. */
  complete(request: CompletionRequest): Promise<Completion>;
  /** Has the server read weights from a folder, and resolves with the version that it then says it serves. */
  updateWeights(update: WeightUpdate): Promise<string>;
  /** The version of a model's weights; of the only or first model where none is named. */
  version(model?: string, signal?: AbortSignal): Promise<string>;
  /** Whether the server says that it can be asked. */
  health(signal?: AbortSignal): Promise<boolean>;
}

const DIALECTS: Record<NonNullable<CompletionsOptions['dialect']>, Dialect> = { openai, vllm, sglang };

/** One interface to the embedded policy server, vLLM and SGLang. */
export function createCompletionsClient(options: CompletionsOptions): CompletionsClient {
  const http = createHttp(options.baseUrl);
  const dialect = DIALECTS[options.dialect ?? 'openai'];
  return {
    complete: (request) => dialect.complete(http, request),
    async updateWeights(update) {
      await dialect.updateWeights(http, update);
      return dialect.version(http, update);
    },
    version: (model, signal) => dialect.version(http, { model, signal }),
    async health(signal) {
      signal?.throwIfAborted();
      try {
        return (await exchange(`${options.baseUrl}/health`, { signal })).ok;
      } catch {
        signal?.throwIfAborted();
        return false;
      }
    },
  };
}
