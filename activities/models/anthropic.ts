import Anthropic from '@anthropic-ai/sdk';
import type { ModelSettings } from '../../core/models.ts';
import { anthropicParameters } from './anthropic-request.ts';
import { nothingSaid, readAnthropicStream, usageOf, type Said } from './anthropic-stream.ts';
import { classify, limitsIn } from './classify.ts';
import type { ModelRequest, Provider, ProviderAnswer } from './model.ts';
import { ModelError } from './model-error.ts';

export type AnthropicSettings = Extract<ModelSettings, { type: 'anthropic' }>;

/** The SDK as we use it: nothing from its own reading of the environment, no retries, no log of what was said. */
export function anthropicClient({ baseUrl }: AnthropicSettings, apiKey: string): Anthropic {
  return new Anthropic({
    apiKey,
    baseURL: baseUrl,
    maxRetries: 0,
    logLevel: 'off',
    openTelemetry: false,
    // As the Messages API has always been asked; other servers that speak it may know no other way.
    defaultHeaders: { 'x-api-key': apiKey },
  });
}

/** A server of the Messages API, asked by streams, so that no proxy takes a long thought for a dead line. */
export function createAnthropic(settings: AnthropicSettings, apiKey: string): Provider {
  const client = anthropicClient(settings, apiKey);

  async function ask(request: ModelRequest, signal: AbortSignal): Promise<ProviderAnswer> {
    const said = nothingSaid();
    try {
      const body = { ...anthropicParameters(settings, request), stream: true as const };
      const { data, response } = await client.messages.create(body, { signal }).withResponse();
      const answer = await readAnthropicStream(data, said).catch(brokenStream);
      signal.throwIfAborted();
      if (!answer) throw new ModelError('broken-stream', 'the stream ended in the middle of the answer');
      return { ...answer, requestId: response.headers.get('request-id'), limits: limitsIn(response.headers) };
    } catch (error) {
      signal.throwIfAborted();
      throw paidFor(anthropicError(error, settings.apiKeyEnv), said);
    }
  }

  return { ask };
}

/** An answer that broke off is paid for, as far as it had come; its last words, which would tell how far, are missing. */
const paidFor = (error: unknown, { model, usage }: Said): unknown =>
  model !== '' && error instanceof ModelError ? error.with({ ...usageOf(usage), usd: 0 }) : error;

/** What the SDK threw, by our names. */
export function anthropicError(error: unknown, keyVariable: string): unknown {
  if (error instanceof ModelError) return error;
  if (error instanceof Anthropic.APIConnectionError) {
    return new ModelError('unavailable', `the provider does not answer: ${messageOf(error.cause ?? error)}`, {
      cause: error,
    });
  }
  if (error instanceof Anthropic.APIError) {
    return classify({
      status: error.status,
      type: error.type ?? undefined,
      message: error.apiMessage ?? error.message,
      headers: error.status === undefined ? undefined : error.headers,
      keyVariable,
      cause: error,
    });
  }
  return error;
}

/** A connection that dies while the answer streams is thrown by fetch itself; a line of the stream that is cut, by JSON. */
function brokenStream(error: unknown): never {
  if (error instanceof Anthropic.APIError) throw error;
  const { cause = error } = error as Error;
  throw new ModelError('broken-stream', `the stream broke: ${messageOf(cause)}`, { cause: error });
}

const messageOf = (error: unknown): string => (error as Error).message;
