import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages/messages';
import type { ContentBlock } from '../../core/trajectory.ts';
import type { ProviderAnswer, StopReason } from './model.ts';

type Answer = Omit<ProviderAnswer, 'requestId' | 'limits'>;

export const nothingSaid = (): Said => ({
  blocks: [],
  inputs: new Map(),
  usage: {},
  model: '',
  stopReason: undefined,
  stopped: false,
});

/** Puts an answer together from its events, in `said`; undefined where the stream ended before the answer did. */
export async function readAnthropicStream(
  events: AsyncIterable<RawMessageStreamEvent>,
  said: Said,
): Promise<Answer | undefined> {
  for await (const event of events) note(said, event);
  if (!said.stopped || said.stopReason === undefined) return undefined;
  const malformedInputs = Object.fromEntries(
    [...said.inputs].flatMap(([index, text]) => settle(said.blocks[index], text)),
  );
  const { model, stopReason, usage } = said;
  return { content: said.blocks, stopReason, model, malformedInputs, usage: usageOf(usage) };
}

/** What has come of an answer. */
export interface Said {
  blocks: ContentBlock[];
  /** JSON of tool calls as it comes, by the block's index. */
  inputs: Map<number, string>;
  usage: RawUsage;
  model: string;
  stopReason: StopReason | undefined;
  stopped: boolean;
}

function note(said: Said, event: RawMessageStreamEvent): void {
  switch (event.type) {
    case 'message_start':
      said.model = event.message.model;
      said.usage = { ...(event.message.usage as RawUsage) };
      return;
    case 'content_block_start':
      said.blocks[event.index] = { ...event.content_block };
      return;
    case 'content_block_delta':
      return noteDelta(said, event.index, event.delta);
    case 'message_delta':
      said.stopReason = event.delta.stop_reason ?? said.stopReason;
      for (const [key, value] of Object.entries(event.usage ?? {})) {
        if (value !== null) (said.usage as Record<string, unknown>)[key] = value;
      }
      return;
    case 'message_stop':
      said.stopped = true;
      return;
    case 'content_block_stop':
      return;
  }
}

interface Delta {
  type: string;
  text?: string;
  thinking?: string;
  signature?: string;
  partial_json?: string;
}

function noteDelta({ blocks, inputs }: Said, index: number, delta: Delta): void {
  const block = blocks[index];
  if (!block) return;
  if (delta.type === 'text_delta') block.text = joined(block.text, delta.text);
  if (delta.type === 'thinking_delta') block.thinking = joined(block.thinking, delta.thinking);
  if (delta.type === 'signature_delta') block.signature = delta.signature;
  if (delta.type === 'input_json_delta') inputs.set(index, (inputs.get(index) ?? '') + delta.partial_json);
}

const joined = (before: unknown, more = ''): string => (typeof before === 'string' ? before : '') + more;

/** Gives a call its input; what is not a JSON object is handed out as text, by the call's id. */
function settle(block: ContentBlock | undefined, text: string): [string, string][] {
  if (!block || text === '') return [];
  const input = parseObject(text);
  block.input = input ?? {};
  return input ? [] : [[String(block.id), text]];
}

export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

export interface RawUsage {
  input_tokens?: number;
  output_tokens?: number;
  cache_creation_input_tokens?: number | null;
  cache_read_input_tokens?: number | null;
  output_tokens_details?: { thinking_tokens?: number } | null;
}

export function usageOf(raw: RawUsage): Answer['usage'] {
  const thinkingTokens = raw.output_tokens_details?.thinking_tokens;
  return {
    inputTokens: raw.input_tokens ?? 0,
    outputTokens: raw.output_tokens ?? 0,
    cacheReadTokens: raw.cache_read_input_tokens ?? 0,
    cacheWriteTokens: raw.cache_creation_input_tokens ?? 0,
    ...(thinkingTokens === undefined ? {} : { thinkingTokens }),
  };
}
