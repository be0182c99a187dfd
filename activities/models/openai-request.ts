import type { Block, Message, ModelRequest, ToolChoice } from './model.ts';
import { textOf } from './model.ts';
import type { OpenaiSettings } from './openai.ts';

/** A question as chat completions take it. What was thought stays behind: no template has it in earlier turns. */
export function openaiParameters(settings: OpenaiSettings, request: ModelRequest): object {
  const { system, messages, tools, toolChoice } = request;
  const temperature = request.temperature ?? settings.temperature;
  return {
    model: settings.model,
    [limitField(settings)]: request.maxTokens ?? settings.maxTokens,
    messages: [...(system === undefined ? [] : [{ role: 'system', content: text(system) }]), ...messages.flatMap(sent)],
    stream: true,
    stream_options: { include_usage: true },
    ...(tools?.length
      ? {
          tools: tools.map(({ name, description, inputSchema }) => ({
            type: 'function',
            function: { name, description, parameters: inputSchema },
          })),
        }
      : {}),
    ...(toolChoice && tools?.length ? choice(toolChoice) : {}),
    ...(temperature === undefined ? {} : { temperature }),
    ...(settings.effort === undefined ? {} : { reasoning_effort: settings.effort }),
  };
}

/** OpenAI's own models refuse the name that all others know. */
const limitField = ({ baseUrl }: OpenaiSettings): string =>
  new URL(baseUrl).hostname === 'api.openai.com' ? 'max_completion_tokens' : 'max_tokens';

function sent({ role, content }: Message): object[] {
  if (typeof content === 'string') return [{ role, content }];
  return role === 'assistant' ? [said(content)] : came(content);
}

function said(blocks: readonly Block[]): object {
  const calls = blocks.filter(({ type }) => type === 'tool_use');
  const tool_calls = calls.map(({ id, name, input }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  }));
  return { role: 'assistant', content: textOf(blocks), ...(calls.length === 0 ? {} : { tool_calls }) };
}

/** Results of tools are messages of their own, before what the user says besides. */
function came(blocks: readonly Block[]): object[] {
  const results = blocks
    .filter(({ type }) => type === 'tool_result')
    .map(({ tool_use_id, content }) => ({
      role: 'tool',
      tool_call_id: tool_use_id,
      content: text(content as string | readonly Block[]),
    }));
  const words = textOf(blocks);
  return [...results, ...(words === '' && results.length > 0 ? [] : [{ role: 'user', content: words }])];
}

const text = (content: string | readonly Block[]): string => (typeof content === 'string' ? content : textOf(content));

function choice(given: ToolChoice): object {
  if (given.type === 'tool') return { tool_choice: { type: 'function', function: { name: given.name } } };
  if (given.type === 'any') return { tool_choice: 'required' };
  const isSingle = given.type === 'auto' && given.disableParallel;
  return { tool_choice: given.type, ...(isSingle ? { parallel_tool_calls: false } : {}) };
}
