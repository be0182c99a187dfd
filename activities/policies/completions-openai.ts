import { z } from 'zod';
import { CompletionsError } from './completions-error.ts';
import type { Http } from './completions-http.ts';
import type { Completion, CompletionRequest, Dialect } from './completions-types.ts';

const answered = z.object({
  model: z.string(),
  weight_version: z.string().optional(),
  choices: z.tuple([
    z.object({
      text: z.string(),
      finish_reason: z.string().nullable(),
      token_ids: z.array(z.int()),
      logprobs: z.object({ token_logprobs: z.array(z.number()) }),
    }),
  ]),
  usage: z.object({
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    prompt_tokens_details: z.object({ cached_tokens: z.int().nullish() }).nullish(),
  }),
});

/** The embedded policy server: OpenAI's completions, SGLang's way of updating weights. */
export const openai: Dialect = {
  complete: async (http, request) => {
    const { weight_version: version, ...completion } = await completeByTokens(http, request);
    if (version === undefined) {
      throw new CompletionsError('malformed', '/v1/completions answered without weight_version');
    }
    return { ...completion, policyVersion: version };
  },
  async updateWeights(http, { path, version, model, abortRunning = false, signal }) {
    const body = { model_path: path, weight_version: version, abort_all_requests: abortRunning, flush_cache: true };
    const { success, message } = await http(updated, {
      route: '/update_weights_from_disk',
      body: { ...body, ...(model !== undefined && { model }) },
      allow: [400],
      signal,
    });
    if (!success) throw new CompletionsError('bad-request', message, { status: 400 });
  },
  async version(http, { model, signal }) {
    const query = model === undefined ? '' : `?model=${encodeURIComponent(model)}`;
    return (await http(versioned, { route: `/get_model_info${query}`, signal })).weight_version;
  },
};

export const updated = z
  .union([
    z.object({ success: z.boolean(), message: z.string() }),
    z.object({ error: z.object({ message: z.string() }) }),
  ])
  .transform((answer) => ('error' in answer ? { success: false, message: answer.error.message } : answer));

export const versioned = z.object({ weight_version: z.string() });

/** `/v1/completions` with token ids both ways, as the embedded server and vLLM have it. */
export async function completeByTokens(
  http: Http,
  request: CompletionRequest,
): Promise<Omit<Completion, 'policyVersion'> & { model: string; weight_version: string | undefined }> {
  const body = {
    model: request.model,
    prompt: request.promptTokenIds,
    max_tokens: request.maxTokens,
    temperature: request.temperature,
    ...(request.topP !== undefined && { top_p: request.topP }),
    seed: request.seed,
    stop_token_ids: request.stopTokenIds,
    ...(request.session !== undefined && { session_id: request.session }),
    // Of the sampled tokens alone, no alternatives.
    logprobs: 0,
    return_token_ids: true,
  };
  const { choices, usage, model, ...rest } = await http(answered, {
    route: '/v1/completions',
    body,
    signal: request.signal,
  });
  const [choice] = choices;
  return {
    model,
    weight_version: rest.weight_version,
    text: choice.text,
    ...sampled(choice.token_ids, choice.logprobs.token_logprobs),
    finishReason: finishReason(choice.finish_reason),
    usage: {
      promptTokens: usage.prompt_tokens,
      cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
      completionTokens: usage.completion_tokens,
    },
  };
}

/** Token ids and log-probs belong together one by one; an answer where they do not cannot be trained on. */
export function sampled(tokenIds: number[], logProbs: number[]): Pick<Completion, 'tokenIds' | 'logProbs'> {
  if (tokenIds.length !== logProbs.length) {
    const counts = `${tokenIds.length} tokens and ${logProbs.length} log-probs`;
    throw new CompletionsError('malformed', `the server answered ${counts}`);
  }
  return { tokenIds, logProbs };
}

/** An answer that was cut off by the server, by an update of its weights for one, is not a turn: it is asked for again. */
export function finishReason(given: string | null): Completion['finishReason'] {
  if (given === 'stop' || given === 'length') return given;
  if (given === 'abort') throw new CompletionsError('unavailable', 'the server aborted the request');
  throw new CompletionsError('malformed', `the server answered with finish reason ${given}`);
}
