import { Template } from '@huggingface/jinja';
import type { ToolCall } from '../../core/trajectory.ts';
import { namedTokens, type ChatFiles } from './chat-files.ts';

/** One message as chat templates take it. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  tool_calls?: { type: 'function'; function: { name: string; arguments: Record<string, unknown> } }[];
}

/** An answer with its calls. */
export const calledIn = (content: string, calls: readonly Pick<ToolCall, 'name' | 'input'>[]): ChatMessage => ({
  role: 'assistant',
  content,
  tool_calls: calls.map(({ name, input }) => ({ type: 'function', function: { name, arguments: input } })),
});

/** Messages in, text out; with `generationPrompt` the text goes on to where the assistant begins to speak. */
export type ChatText = (messages: readonly ChatMessage[], generationPrompt: boolean) => string;

/** The text of a conversation as transformers' `apply_chat_template` makes it. */
export function createChatText({ config, template }: ChatFiles, variables: Record<string, unknown>): ChatText {
  if (template.includes('strftime_now') && !('date_string' in variables)) {
    throw new Error('the chat template asks for the date: give it a fixed one in variables.date_string');
  }
  const parsed = new Template(template);
  const named = namedTokens(config);
  return (messages, generationPrompt) =>
    parsed.render({ ...named, ...variables, messages, add_generation_prompt: generationPrompt });
}
