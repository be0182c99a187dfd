import type { MessageCreateParamsBase } from '@anthropic-ai/sdk/resources/messages/messages';
import type { AnthropicSettings } from './anthropic.ts';
import type { Block, Message, ModelRequest, ToolChoice } from './model.ts';

/** A question as the Messages API takes it. */
export function anthropicParameters(settings: AnthropicSettings, request: ModelRequest): MessageCreateParamsBase {
  const { system, messages, tools, toolChoice, maxTokens = settings.maxTokens } = request;
  const thinks = settings.thinking !== undefined && request.thinking !== 'off';
  const temperature = request.temperature ?? settings.temperature;
  return {
    model: settings.model,
    max_tokens: maxTokens,
    messages: messages.map((message) => sent(message, settings)),
    ...(system === undefined ? {} : { system: typeof system === 'string' ? system : blocks(system, settings) }),
    ...(tools?.length
      ? { tools: tools.map(({ name, description, inputSchema }) => ({ name, description, input_schema: inputSchema })) }
      : {}),
    ...(toolChoice && tools?.length ? { tool_choice: choice(toolChoice) } : {}),
    ...(thinks ? { thinking: thinking(settings, maxTokens) } : {}),
    // With thinking the API takes no other temperature than its own.
    ...(temperature === undefined || thinks ? {} : { temperature }),
    ...(settings.effort === undefined ? {} : { output_config: { effort: settings.effort } }),
  } as MessageCreateParamsBase;
}

const sent = ({ role, content }: Message, settings: AnthropicSettings) => ({
  role,
  content: typeof content === 'string' ? content : blocks(content, settings),
});

const blocks = (given: readonly Block[], { cache }: AnthropicSettings) =>
  given.map(({ cache: isEnd, ...block }) =>
    isEnd && cache !== 'off'
      ? { ...block, cache_control: { type: 'ephemeral', ...(cache === '1h' ? { ttl: cache } : {}) } }
      : block,
  );

function thinking({ thinking: given }: AnthropicSettings, maxTokens: number) {
  if (given?.type !== 'enabled') return { type: 'adaptive' };
  return { type: 'enabled', budget_tokens: Math.min(given.budgetTokens, maxTokens - 1) };
}

const choice = (given: ToolChoice) =>
  given.type === 'auto' && given.disableParallel ? { type: given.type, disable_parallel_tool_use: true } : given;
