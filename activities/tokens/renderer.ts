import { Tokenizer } from '@huggingface/tokenizers';
import type { RendererSettings } from '../../core/renderer-settings.ts';
import type { ToolCall } from '../../core/trajectory.ts';
import { definitionsOf } from '../agent/tools/tools.ts';
import { readChatFiles, type ChatFiles } from './chat-files.ts';
import { calledIn, createChatText, type ChatMessage, type ChatText } from './chat-template.ts';
import { elide } from './elide.ts';
import { checkStability } from './stability.ts';

/** Puts a student's conversation into tokens, piece by piece: nothing that was rendered or sampled is rendered again. */
export interface Renderer {
  /** The token that a policy samples to end its turn. */
  endOfTurnId: number;
  /** The generation prompt. */
  opening: number[];
  encode(text: string): number[];
  /** Text of sampled ids, without special tokens; with `toolFormat: tools` without the end of the turn alone: marks of calls may be special. */
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

/** What the chat template is given besides messages: with `toolFormat: tools`, the tools as OpenAI's API has them. */
function variablesOf({ toolFormat, tools, variables }: RendererSettings): Record<string, unknown> {
  if (toolFormat === 'plain') return variables;
  const told = definitionsOf(tools).map(({ name, description, inputSchema: parameters }) => ({
    type: 'function',
    function: { name, description, parameters },
  }));
  return { ...variables, tools: told };
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
  const chat = createChatText(files, variablesOf(settings));
  const encode = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const asked = chat([TASK], true);
  const { endOfTurn, tail } = findEndOfTurn(tokenizer, { chat, asked, role: settings.observationRole });
  const endOfTurnId = encode(endOfTurn)[0] as number;
  const isPlain = settings.toolFormat === 'plain';
  const textOf = (ids: number[]): string =>
    ids.length === 0
      ? ''
      : tokenizer.decode(ids, { skip_special_tokens: isPlain, clean_up_tokenization_spaces: false });
  const decode = (ids: readonly number[]): string => textOf(ids.filter((id) => isPlain || id !== endOfTurnId));
  const frame: Frame = { chat, asked, endOfTurn, tail, settings };
  const after = (contents: readonly string[]): number[] => encode(observationText(frame, contents));
  const renderer: Renderer = {
    endOfTurnId,
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
  /** What the template writes after an answer that stands last, or before what came back: it begins with the end of the turn. */
  tail: string;
  settings: RendererSettings;
}

const noteOf = ({ elision }: RendererSettings, tokens: number): string =>
  elision.replaceAll('{tokens}', String(tokens));

const openingText = (chat: ChatText): string => without(chat([TASK], false), chat([TASK], true));

/**
 * The special token right after an assistant's message. Some templates, such as GLM-4.5's, do not close it: there the mark of
 * what comes back is what the policy samples to end its turn.
 */
function findEndOfTurn(
  tokenizer: Tokenizer,
  { chat, asked, role }: Pick<Frame, 'chat' | 'asked'> & { role: ChatMessage['role'] },
): Pick<Frame, 'endOfTurn' | 'tail'> {
  const special = [...tokenizer.get_added_tokens_decoder().values()].map(({ content }) => content);
  for (const rest of [[], [{ role, content: MARK }]]) {
    const tail = afterAnswer({ chat, asked }, rest);
    const found = special.filter((content) => tail.startsWith(content)).sort((a, b) => b.length - a.length)[0];
    if (found) return { endOfTurn: found, tail };
  }
  throw new Error('the chat template does not end an assistant message with a special token');
}

/** What the template writes after the words of an answer. */
function afterAnswer({ chat, asked }: Pick<Frame, 'chat' | 'asked'>, rest: readonly ChatMessage[]): string {
  const said = without(asked, chat([TASK, ANSWER, ...rest], false));
  const at = said.indexOf(MARK);
  if (at < 0) throw new Error('the chat template leaves out what an assistant says');
  return said.slice(at + MARK.length);
}

function observationText(frame: Frame, contents: readonly string[]): string {
  const role = frame.settings.observationRole;
  const messages: ChatMessage[] =
    role === 'user' || contents.length === 0
      ? [{ role, content: contents.join('\n') }]
      : contents.map((content) => ({ role, content }));
  return without(frame.endOfTurn, afterAnswer(frame, messages));
}

/** The text of an answer. With `toolFormat: tools` it is the template's, with the calls as that writes them. */
function actionText(
  { chat, asked, tail, endOfTurn, settings }: Frame,
  { text, calls }: { text: string; calls: readonly ToolCall[] },
): string {
  if (settings.toolFormat === 'plain') return calls.length === 0 ? text : calls.map(commandOf).join('\n');
  const said = calls.length === 0 ? ({ role: 'assistant', content: text } as const) : calledIn(text, calls);
  const isClosed = without(asked, chat([TASK, said], false)).endsWith(tail);
  const rest: ChatMessage[] = isClosed ? [] : [{ role: settings.observationRole, content: MARK }];
  const whole = without(asked, chat([TASK, said, ...rest], false));
  if (!whole.endsWith(tail)) throw new Error(`the chat template ends ${JSON.stringify(whole)} without ${endOfTurn}`);
  return whole.slice(0, whole.length - tail.length);
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
