import { z } from 'zod';
import { CompletionsError } from './completions-error.ts';
import { finishReason, sampled, updated, versioned } from './completions-openai.ts';
import type { Dialect } from './completions-types.ts';

const answered = z.object({
  text: z.string(),
  output_ids: z.array(z.int()),
  meta_info: z.object({
    finish_reason: z.object({ type: z.string() }).nullable(),
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    cached_tokens: z.int().optional(),
    weight_version: z.string(),
    /** [log-prob, token id, text or null] of each sampled token. */
    output_token_logprobs: z.array(z.tuple([z.number(), z.int()], z.unknown())),
  }),
});

/** SGLang's native `/generate`. */
export const sglang: Dialect = {
  async complete(http, request) {
    const body = {
      input_ids: request.promptTokenIds,
      sampling_params: {
        max_new_tokens: request.maxTokens,
        temperature: request.temperature,
        ...(request.topP !== undefined && { top_p: request.topP }),
        sampling_seed: request.seed,
        stop_token_ids: request.stopTokenIds,
      },
      return_logprob: true,
      stream: false,
    };
    const {
      text,
      output_ids: ids,
      meta_info: meta,
    } = await http(answered, {
      route: '/generate',
      body,
      signal: request.signal,
    });
    if (meta.output_token_logprobs.some(([, id], index) => id !== ids[index])) {
      throw new CompletionsError('malformed', 'output_ids and output_token_logprobs name other tokens');
    }
    return {
      ...sampled(
        ids,
        meta.output_token_logprobs.map(([logProb]) => logProb),
      ),
      text,
      finishReason: finishReason(meta.finish_reason?.type ?? null),
      policyVersion: meta.weight_version,
      usage: {
        promptTokens: meta.prompt_tokens,
        cachedTokens: meta.cached_tokens ?? 0,
        completionTokens: meta.completion_tokens,
      },
    };
  },
  async updateWeights(http, { path, version, abortRunning = false, signal }) {
    const body = { model_path: path, weight_version: version, abort_all_requests: abortRunning, flush_cache: true };
    const { success, message } = await http(updated, {
      route: '/update_weights_from_disk',
      body,
      allow: [400],
      signal,
    });
    if (!success) throw new CompletionsError('bad-request', message, { status: 400 });
  },
  async version(http, { signal }) {
    return (await http(versioned, { route: '/get_model_info', signal })).weight_version;
  },
};
