import type { ContentBlock } from '../../core/trajectory.ts';
import { parseObject } from './anthropic-stream.ts';
import { classify } from './classify.ts';
import type { ProviderAnswer, StopReason } from './model.ts';
import { readEvents } from './sse.ts';

type Answer = Omit<ProviderAnswer, 'requestId' | 'limits'>;

interface Chunk {
  model?: string;
  choices?: { delta?: Delta; finish_reason?: string | null }[];
  usage?: RawUsage | null;
  error?: { message?: string; type?: string };
}

interface Delta {
  content?: string | null;
  /** What vLLM, SGLang and DeepSeek call what was thought. */
  reasoning_content?: string | null;
  reasoning?: string | null;
  tool_calls?: { index: number; id?: string; function?: { name?: string; arguments?: string } }[];
}

interface RawUsage {
  prompt_tokens?: number;
  completion_tokens?: number;
  prompt_tokens_details?: { cached_tokens?: number } | null;
  completion_tokens_details?: { reasoning_tokens?: number } | null;
}

interface Said {
  text: string;
  thought: string;
  calls: { id: string; name: string; text: string }[];
  model: string;
  finish: string | undefined;
  usage: RawUsage;
}

/** Puts an answer together from its events; undefined where the stream ended before the answer did. */
export async function readOpenaiStream(body: ReadableStream<Uint8Array> | null): Promise<Answer | undefined> {
  const said: Said = { text: '', thought: '', calls: [], model: '', finish: undefined, usage: {} };
  for await (const data of readEvents(body)) {
    if (data === '[DONE]') break;
    note(said, JSON.parse(data) as Chunk);
  }
  return said.finish === undefined ? undefined : answerOf(said);
}

function note(said: Said, { model, choices, usage, error }: Chunk): void {
  if (error) {
    throw classify({
      status: undefined,
      type: error.type,
      message: error.message ?? '',
      headers: undefined,
      keyVariable: undefined,
    });
  }
  if (model) said.model = model;
  if (usage) said.usage = usage;
  const [choice] = choices ?? [];
  if (choice?.finish_reason) said.finish = choice.finish_reason;
  said.text += choice?.delta?.content ?? '';
  said.thought += choice?.delta?.reasoning_content ?? choice?.delta?.reasoning ?? '';
  for (const call of choice?.delta?.tool_calls ?? []) {
    const so = (said.calls[call.index] ??= { id: '', name: '', text: '' });
    so.id ||= call.id ?? '';
    so.name ||= call.function?.name ?? '';
    so.text += call.function?.arguments ?? '';
  }
}

function answerOf({ text, thought, calls, model, finish, usage }: Said): Answer {
  const parsed = calls
    .filter(Boolean)
    .map((call) => ({ ...call, input: call.text === '' ? {} : parseObject(call.text) }));
  const content: ContentBlock[] = [
    ...(thought === '' ? [] : [{ type: 'thinking', thinking: thought }]),
    ...(text === '' ? [] : [{ type: 'text', text }]),
    ...parsed.map(({ id, name, input }) => ({ type: 'tool_use', id, name, input: input ?? {} })),
  ];
  const malformed = parsed.filter(({ input }) => input === undefined).map((call) => [call.id, call.text]);
  return {
    content,
    model,
    stopReason: stopOf(finish),
    malformedInputs: Object.fromEntries(malformed),
    usage: usageOf(usage),
  };
}

function stopOf(finish: string | undefined): StopReason {
  if (finish === 'length') return 'max_tokens';
  if (finish === 'content_filter') return 'refusal';
  return finish === 'tool_calls' || finish === 'function_call' ? 'tool_use' : 'end_turn';
}

function usageOf(raw: RawUsage): Answer['usage'] {
  const cached = raw.prompt_tokens_details?.cached_tokens ?? 0;
  const thinkingTokens = raw.completion_tokens_details?.reasoning_tokens;
  return {
    inputTokens: (raw.prompt_tokens ?? 0) - cached,
    outputTokens: raw.completion_tokens ?? 0,
    cacheReadTokens: cached,
    cacheWriteTokens: 0,
    ...(thinkingTokens === undefined ? {} : { thinkingTokens }),
  };
}
