import type { Answer } from './answer.ts';
import type { Block, Body, Fault } from './types.ts';

interface ChatMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  tool_call_id?: string;
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
}

interface ChatBody {
  model: string;
  messages: ChatMessage[];
  max_tokens?: number;
  max_completion_tokens?: number;
  tools?: { function: { name: string; description?: string; parameters: object } }[];
  tool_choice?: string | { function: { name: string } };
  temperature?: number;
  stream?: boolean;
}

/** A chat request as the brain reads requests. */
export function fromChat(given: unknown): Body {
  const { model, messages, tools, tool_choice, temperature, stream, ...limits } = given as ChatBody;
  const system = messages.find(({ role }) => role === 'system')?.content;
  return {
    model,
    max_tokens: limits.max_completion_tokens ?? limits.max_tokens ?? 4096,
    messages: merged(messages.filter(({ role }) => role !== 'system').map(fromMessage)),
    ...(system === undefined ? {} : { system }),
    ...(tools
      ? {
          tools: tools.map(({ function: { name, description, parameters } }) => ({
            name,
            ...(description ? { description } : {}),
            input_schema: parameters,
          })),
        }
      : {}),
    ...(tool_choice ? { tool_choice: choiceOf(tool_choice) } : {}),
    ...(temperature === undefined ? {} : { temperature }),
    stream: stream ?? false,
  };
}

const choiceOf = (given: string | { function: { name: string } }): { type: string; name?: string } =>
  typeof given === 'string'
    ? { type: given === 'required' ? 'any' : given }
    : { type: 'tool', name: given.function.name };

function fromMessage({ role, content, tool_call_id, tool_calls = [] }: ChatMessage): {
  role: 'user' | 'assistant';
  content: Block[];
} {
  if (role === 'tool') {
    return { role: 'user', content: [{ type: 'tool_result', tool_use_id: tool_call_id, content }] };
  }
  const calls = tool_calls.map(({ id, function: { name, arguments: text } }) => ({
    type: 'tool_use',
    id,
    name,
    input: JSON.parse(text) as unknown,
  }));
  const text = content ? [{ type: 'text', text: content }] : [];
  return { role: role === 'assistant' ? 'assistant' : 'user', content: [...text, ...calls] };
}

/** Results of tools are messages of their own in a chat, and one message in the Messages API. */
function merged(messages: { role: 'user' | 'assistant'; content: Block[] }[]): Body['messages'] {
  const found: { role: 'user' | 'assistant'; content: Block[] }[] = [];
  for (const message of messages) {
    const last = found.at(-1);
    if (last?.role === message.role) last.content.push(...message.content);
    else found.push({ ...message, content: [...message.content] });
  }
  return found;
}

export function chatAnswer(answer: Answer): object {
  const message = { role: 'assistant', content: textOf(answer), tool_calls: callsOf(answer) };
  return {
    id: answer.id,
    object: 'chat.completion',
    model: answer.model,
    choices: [{ index: 0, message, finish_reason: finishOf(answer) }],
    usage: usageOf(answer),
  };
}

export function chatLines(answer: Answer, fault: Fault | undefined): string[] {
  const { id, model } = answer;
  const line = (delta: object, finish_reason: string | null = null): string =>
    `data: ${JSON.stringify({ id, model, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const thought = answer.content.filter(({ type }) => type === 'thinking').map(({ thinking }) => String(thinking));
  const calls = callsOf(answer).flatMap((call, index) => {
    const text = fault?.type === 'malformed-input' && index === 0 ? fault.text : call.function.arguments;
    const half = Math.ceil(text.length / 2);
    return [
      line({
        tool_calls: [{ ...call, index, function: { name: call.function.name, arguments: text.slice(0, half) } }],
      }),
      line({ tool_calls: [{ index, function: { arguments: text.slice(half) } }] }),
    ];
  });
  return [
    line({ role: 'assistant', content: '' }),
    ...thought.map((text) => line({ reasoning_content: text })),
    ...(textOf(answer) === '' ? [] : [line({ content: textOf(answer) })]),
    ...calls,
    line({}, finishOf(answer)),
    `data: ${JSON.stringify({ id, model, choices: [], usage: usageOf(answer) })}\n\n`,
    'data: [DONE]\n\n',
  ];
}

const textOf = ({ content }: Answer): string =>
  content
    .filter(({ type }) => type === 'text')
    .map(({ text }) => String(text))
    .join('');

const callsOf = ({ content }: Answer) =>
  content
    .filter(({ type }) => type === 'tool_use')
    .map(({ id, name, input }) => ({
      id: String(id),
      type: 'function',
      function: { name: String(name), arguments: JSON.stringify(input) },
    }));

const finishOf = ({ stop_reason }: Answer): string =>
  ({ tool_use: 'tool_calls', max_tokens: 'length', refusal: 'content_filter' })[stop_reason] ?? 'stop';

const usageOf = ({ usage }: Answer) => ({
  prompt_tokens: usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens,
  completion_tokens: usage.output_tokens,
  prompt_tokens_details: { cached_tokens: usage.cache_read_input_tokens },
  completion_tokens_details: { reasoning_tokens: usage.output_tokens_details.thinking_tokens },
});
