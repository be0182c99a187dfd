import type Anthropic from '@anthropic-ai/sdk';
import type { MessageBatchIndividualResponse } from '@anthropic-ai/sdk/resources/messages/batches';
import { anthropicClient, anthropicError, type AnthropicSettings } from './anthropic.ts';
import { anthropicParameters } from './anthropic-request.ts';
import { usageOf } from './anthropic-stream.ts';
import { classify } from './classify.ts';
import type { Batches, BatchItem, ModelRequest, ProviderAnswer } from './model.ts';
import { ModelError } from './model-error.ts';

/** The Message Batches of a server: the same questions for half the price, answered within a day. */
export function createBatches(settings: AnthropicSettings, apiKey: string): Batches {
  const client = anthropicClient(settings, apiKey);
  const guarded = async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      throw anthropicError(error, settings.apiKeyEnv);
    }
  };
  return {
    create: (items, signal) => guarded(() => create(client, { settings, items }, signal), signal),
    hasEnded: (id, signal) =>
      guarded(async () => {
        const { processing_status } = await client.messages.batches.retrieve(id, null, { signal });
        return processing_status === 'ended';
      }, signal),
    results: (id, signal) => guarded(() => results(client, id, signal), signal),
  };
}

async function create(
  client: Anthropic,
  { settings, items }: { settings: AnthropicSettings; items: readonly BatchItem[] },
  signal: AbortSignal,
): Promise<string> {
  const requests = items.map(({ id, request }) => ({ custom_id: id, params: parameters(settings, request) }));
  return (await client.messages.batches.create({ requests }, { signal })).id;
}

const parameters = (settings: AnthropicSettings, request: ModelRequest) => ({
  ...anthropicParameters(settings, request),
  stream: false as const,
});

async function results(client: Anthropic, id: string, signal: AbortSignal): ReturnType<Batches['results']> {
  const found = new Map<string, ProviderAnswer | ModelError>();
  for await (const { custom_id, result } of await client.messages.batches.results(id, {}, { signal })) {
    found.set(custom_id, resultOf(result));
  }
  return found;
}

function resultOf(result: MessageBatchIndividualResponse['result']): ProviderAnswer | ModelError {
  if (result.type === 'succeeded') {
    const { content, stop_reason, usage, model, id } = result.message;
    return {
      content: content.map((block) => ({ ...block })),
      stopReason: stop_reason ?? 'end_turn',
      usage: usageOf(usage),
      model,
      requestId: id,
      malformedInputs: {},
      limits: {},
    };
  }
  if (result.type === 'errored') {
    const { type, message } = result.error.error;
    return classify({ status: statusOf(type), type, message, headers: undefined, keyVariable: undefined });
  }
  return new ModelError('unavailable', `the batch ended before this request was answered (${result.type})`);
}

/** Errors of a batch carry no status; of bad requests the words matter, and they are read with one. */
const statusOf = (type: string): number | undefined => (type === 'invalid_request_error' ? 400 : undefined);
