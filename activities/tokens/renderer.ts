import { Tokenizer } from '@huggingface/tokenizers';
import type { RendererSettings } from '../../core/renderer-settings.ts';
import type { ToolCall } from '../../core/trajectory.ts';
import { readChatFiles, type ChatFiles } from './chat-files.ts';
import { createChatText, type ChatMessage, type ChatText } from './chat-template.ts';
import { elide } from './elide.ts';
import { checkStability } from './stability.ts';

/** Puts a student's conversation into tokens, piece by piece: nothing that was rendered or sampled is rendered again. */
export interface Renderer {
  /** The token that a policy samples to end its turn. */
  endOfTurnId: number;
  /** The generation prompt. */
  opening: number[];
  encode(text: string): number[];
  /** Text of sampled ids, without special tokens. */
  decode(ids: readonly number[]): string;
  /** A whole conversation at once, as transformers' `apply_chat_template` renders it. */
  renderConversation(messages: readonly ChatMessage[], generationPrompt: boolean): number[];
  /** The messages before the first answer, without the generation prompt. */
  renderPrefix(messages: readonly ChatMessage[]): number[];
  /** What a teacher said as the tokens that a student would have sampled, the end of the turn included. */
  encodeAction(said: { text: string; calls: readonly ToolCall[] }): number[];
  /** What came back, from after the end of the turn up to the next generation prompt; elided to `cap` tokens. */
  renderObservation(outputs: readonly string[], cap?: number): number[];
  /** Throws when the template rewrites earlier turns, so that pieces laid end to end are not the conversation. */
  checkPrefixStability(): void;
}

const MARK = 'MARK';
const TASK: ChatMessage = { role: 'user', content: MARK };
const ANSWER: ChatMessage = { role: 'assistant', content: MARK };

/** The renderer of a Hugging Face folder (`tokenizer.json`, `tokenizer_config.json`, chat template). */
export async function loadRenderer(folder: string, settings: RendererSettings): Promise<Renderer> {
  return createRenderer(await readChatFiles(folder), settings);
}

/** As `loadRenderer`, from what the files hold. */
export function createRenderer(files: ChatFiles, settings: RendererSettings): Renderer {
  const tokenizer = new Tokenizer(files.tokenizer, files.config);
  const chat = createChatText(files, settings.variables);
  const encode = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const decode = (ids: readonly number[]): string =>
    ids.length === 0
      ? ''
      : tokenizer.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false });
  const asked = chat([TASK], true);
  const endOfTurn = findEndOfTurn(tokenizer, chat);
  const frame: Frame = { chat, asked, endOfTurn, settings };
  const after = (contents: readonly string[]): number[] => encode(observationText(frame, contents));
  const renderer: Renderer = {
    endOfTurnId: encode(endOfTurn)[0] as number,
    opening: encode(openingText(chat)),
    encode,
    decode,
    renderConversation: (messages, generationPrompt) => encode(chat(messages, generationPrompt)),
    renderPrefix: (messages) => encode(chat(messages, false)),
    encodeAction: (said) => encode(actionText(frame, said) + endOfTurn),
    renderObservation: (outputs, cap) =>
      cap === undefined
        ? after(outputs)
        : elide(outputs, { cap, encode, decode, render: after, note: (tokens) => noteOf(settings, tokens) }),
    checkPrefixStability: () => checkStability(renderer, settings),
  };
  return renderer;
}

interface Frame {
  chat: ChatText;
  /** The text up to where the assistant begins to speak. */
  asked: string;
  endOfTurn: string;
  settings: RendererSettings;
}

const noteOf = ({ elision }: RendererSettings, tokens: number): string =>
  elision.replaceAll('{tokens}', String(tokens));

const openingText = (chat: ChatText): string => without(chat([TASK], false), chat([TASK], true));

/** The special token right after an assistant's message. */
function findEndOfTurn(tokenizer: Tokenizer, chat: ChatText): string {
  const rest = without(chat([TASK], true) + MARK, chat([TASK, ANSWER], false));
  const special = [...tokenizer.get_added_tokens_decoder().values()].map(({ content }) => content);
  const found = special.filter((content) => rest.startsWith(content)).sort((a, b) => b.length - a.length)[0];
  if (!found) throw new Error('the chat template does not close an assistant message with a token of its own');
  return found;
}

function observationText({ chat, asked, endOfTurn, settings }: Frame, contents: readonly string[]): string {
  const role = settings.observationRole;
  const messages: ChatMessage[] =
    role === 'user' || contents.length === 0
      ? [{ role, content: contents.join('\n') }]
      : contents.map((content) => ({ role, content }));
  return without(asked + MARK + endOfTurn, chat([TASK, ANSWER, ...messages], false));
}

/** The text of an answer. Calls of `toolFormat: tools` are written by the template itself. */
function actionText(
  { chat, asked, endOfTurn, settings }: Frame,
  { text, calls }: { text: string; calls: readonly ToolCall[] },
): string {
  if (settings.toolFormat === 'plain') return calls.length === 0 ? text : calls.map(commandOf).join('\n');
  if (calls.length === 0) return text;
  const tool_calls = calls.map(({ name, input }) => ({
    type: 'function' as const,
    function: { name, arguments: input },
  }));
  const said = without(asked, chat([TASK, { role: 'assistant', content: text, tool_calls }], false));
  return said.slice(0, said.lastIndexOf(endOfTurn));
}

/** What a student would have typed; a teacher may have called a tool for it, and said more besides. */
const commandOf = ({ name, input: { command } }: ToolCall): string => (typeof command === 'string' ? command : name);

/** The rest of `text` after `start`; a text that begins otherwise comes of a template that rewrites. */
function without(start: string, text: string): string {
  if (text.startsWith(start)) return text.slice(start.length);
  throw new Error(
    `the chat template rewrites earlier messages: expected ${JSON.stringify(text)} to begin with ${JSON.stringify(start)}`,
  );
}
