import { randomUUID } from 'node:crypto';
import { sign } from './signatures.ts';
import { tokensIn } from './tokens.ts';
import type { Block, Body, Fault, Reply, Usage } from './types.ts';

/** A whole answer, as the API gives it to who does not stream. */
export interface Answer {
  id: string;
  type: 'message';
  role: 'assistant';
  model: string;
  content: Block[];
  stop_reason: string;
  stop_sequence: null;
  usage: Usage;
}

/** What the brain said, with ids, signatures and usage; cut where `max_tokens` are reached. */
export function answerOf(body: Body, reply: Reply, prompt: { read: number; written: number; rest: number }): Answer {
  const { content, wasCut } = cut(reply.content.map(complete), body.max_tokens);
  const calls = content.some(({ type }) => type === 'tool_use');
  const thoughts = content.filter(({ type }) => type === 'thinking').map(({ thinking }) => tokensIn(thinking));
  return {
    id: `msg_${randomUUID().replaceAll('-', '')}`,
    type: 'message',
    role: 'assistant',
    model: body.model,
    content,
    stop_reason: wasCut ? 'max_tokens' : (reply.stopReason ?? (calls ? 'tool_use' : 'end_turn')),
    stop_sequence: null,
    usage: {
      input_tokens: prompt.rest,
      output_tokens: content.reduce((sum, block) => sum + sizeOf(block), 0),
      cache_creation_input_tokens: prompt.written,
      cache_read_input_tokens: prompt.read,
      output_tokens_details: { thinking_tokens: thoughts.reduce((sum, tokens) => sum + tokens, 0) },
    },
  };
}

function complete(block: Block): Block {
  if (block.type === 'thinking') return { ...block, signature: sign(String(block.thinking)) };
  if (block.type === 'tool_use')
    return { id: `toolu_${randomUUID().replaceAll('-', '').slice(0, 24)}`, input: {}, ...block };
  return block;
}

const sizeOf = (block: Block): number => tokensIn(block.thinking ?? block.text ?? block.input ?? '');

/** Texts are cut where the limit is; a call that does not fit is left out, as the API hands out no half of one. */
function cut(content: Block[], most: number): { content: Block[]; wasCut: boolean } {
  const kept: Block[] = [];
  let left = most;
  for (const block of content) {
    const size = sizeOf(block);
    if (size > left) {
      if (block.type === 'text' && left > 0) kept.push({ ...block, text: String(block.text).slice(0, left * 4) });
      return { content: kept, wasCut: true };
    }
    left -= size;
    kept.push(block);
  }
  return { content: kept, wasCut: false };
}

export interface Event {
  type: string;
  [field: string]: unknown;
}

/** The events of a streamed answer, texts and inputs in pieces. */
export function eventsOf(answer: Answer, fault: Fault | undefined): Event[] {
  const { content, usage, stop_reason, stop_sequence, ...head } = answer;
  const message = {
    ...head,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usage, output_tokens: 1 },
  };
  const spoiled = content.findIndex(({ type }) => type === 'tool_use');
  return [
    { type: 'message_start', message },
    { type: 'ping' },
    ...content.flatMap((block, index) =>
      blockEvents(block, index, fault?.type === 'malformed-input' && index === spoiled ? fault.text : undefined),
    ),
    {
      type: 'message_delta',
      delta: { stop_reason, stop_sequence },
      usage: { output_tokens: usage.output_tokens, output_tokens_details: usage.output_tokens_details },
    },
    { type: 'message_stop' },
  ];
}

function blockEvents(block: Block, index: number, spoiledInput: string | undefined): Event[] {
  const start = (content_block: object): Event => ({ type: 'content_block_start', index, content_block });
  const delta = (delta: object): Event => ({ type: 'content_block_delta', index, delta });
  const stop: Event = { type: 'content_block_stop', index };
  const { text, thinking, signature, input, ...rest } = block;
  if (block.type === 'text') {
    return [start({ ...rest, text: '' }), ...pieces(text).map((text) => delta({ type: 'text_delta', text })), stop];
  }
  if (block.type === 'thinking') {
    return [
      start({ ...rest, thinking: '', signature: '' }),
      ...pieces(thinking).map((thinking) => delta({ type: 'thinking_delta', thinking })),
      delta({ type: 'signature_delta', signature }),
      stop,
    ];
  }
  if (block.type === 'tool_use') {
    const json = spoiledInput ?? JSON.stringify(input);
    return [
      start({ ...rest, input: {} }),
      ...pieces(json).map((partial_json) => delta({ type: 'input_json_delta', partial_json })),
      stop,
    ];
  }
  return [start(block), stop];
}

/** In three pieces, so that joining them is tried. */
function pieces(value: unknown): string[] {
  const text = String(value);
  const size = Math.max(1, Math.ceil(text.length / 3));
  return Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
}
