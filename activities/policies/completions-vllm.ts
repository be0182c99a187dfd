import { z } from 'zod';
import { CompletionsError } from './completions-error.ts';
import type { Http } from './completions-http.ts';
import { completeByTokens, versioned } from './completions-openai.ts';
import type { Asked, Dialect } from './completions-types.ts';

/**
 * vLLM. Its answers do not say which weights made them, so the version is read before and after: where both agree, no update
 * came between. Versions and updates need VLLM_SERVER_DEV_MODE=1; without it the model's name is its version (as it is where
 * each version is a LoRA adapter of its own).
 */
export const vllm: Dialect = {
  async complete(http, request) {
    const before = await labelled(http, request);
    const { model, weight_version: said, ...completion } = await completeByTokens(http, request);
    const after = before === undefined ? undefined : await labelled(http, request);
    if (after !== before) {
      throw new CompletionsError('unavailable', `the weights changed from ${before} to ${after} during the request`);
    }
    return { ...completion, policyVersion: said ?? after ?? model };
  },
  async updateWeights(http, { path, version, abortRunning = false, signal }) {
    const send = (route: string, body: object) => http(z.unknown(), { route, body, signal });
    await send(`/pause?mode=${abortRunning ? 'abort' : 'wait'}&clear_cache=true`, {});
    // Where this fails the engine stays paused: weights that were read in part must not serve.
    await send('/collective_rpc', { method: 'reload_weights', kwargs: { weights_path: path } });
    await send('/update_weight_version', { new_version: version });
    await send('/resume', {});
  },
  async version(http, asked) {
    const label = await labelled(http, asked);
    if (label !== undefined) return label;
    if (asked.model !== undefined) return asked.model;
    const { data } = await http(listed, { route: '/v1/models', signal: asked.signal });
    return data[0].id;
  },
};

const listed = z.object({ data: z.tuple([z.object({ id: z.string() })], z.unknown()) });
const labels = z.union([versioned, z.object({ detail: z.unknown() }), z.object({ error: z.unknown() })]);

/** The version that the engine is labelled with; undefined where the route is not open. */
async function labelled(http: Http, { signal }: Asked): Promise<string | undefined> {
  const answer = await http(labels, { route: '/weight_info', signal, allow: [404] });
  return 'weight_version' in answer ? answer.weight_version : undefined;
}
