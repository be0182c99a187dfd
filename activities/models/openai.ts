import type { ModelSettings } from '../../core/models.ts';
import { classify, limitsIn } from './classify.ts';
import type { ModelRequest, Provider, ProviderAnswer } from './model.ts';
import { ModelError } from './model-error.ts';
import { openaiParameters } from './openai-request.ts';
import { readOpenaiStream } from './openai-stream.ts';

export type OpenaiSettings = Extract<ModelSettings, { type: 'openai-compatible' }>;

/** A server of chat completions. */
export function createOpenai(settings: OpenaiSettings, key: string | undefined): Provider {
  async function ask(request: ModelRequest, signal: AbortSignal): Promise<ProviderAnswer> {
    const response = await post(settings, key, { body: openaiParameters(settings, request), signal });
    try {
      const answer = await readOpenaiStream(response.body);
      signal.throwIfAborted();
      if (!answer) throw new ModelError('broken-stream', 'the stream ended in the middle of the answer');
      return { ...answer, requestId: response.headers.get('x-request-id'), limits: limitsIn(response.headers) };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ModelError) throw error;
      throw new ModelError('broken-stream', `the stream broke: ${reasonOf(error)}`, { cause: error });
    }
  }

  return { ask };
}

async function post(
  settings: OpenaiSettings,
  key: string | undefined,
  { body, signal }: { body: object; signal: AbortSignal },
): Promise<Response> {
  const response = await send(`${settings.baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
    body: JSON.stringify(body),
    signal,
  });
  if (response.ok) return response;
  const text = await response.text().catch(() => '');
  const said = parse(text)?.error;
  throw classify({
    status: response.status,
    type: typeof said?.type === 'string' ? said.type : undefined,
    message: typeof said?.message === 'string' ? said.message : text.slice(0, 300),
    headers: response.headers,
    keyVariable: settings.apiKeyEnv,
  });
}

async function send(url: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    init.signal.throwIfAborted();
    throw new ModelError('unavailable', `the provider does not answer: ${reasonOf(error)}`, { cause: error });
  }
}

const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
};

function parse(text: string): { error?: { type?: unknown; message?: unknown } } | undefined {
  try {
    return JSON.parse(text) as { error?: { type?: unknown; message?: unknown } };
  } catch {
    return undefined;
  }
}
