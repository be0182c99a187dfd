import type { ContentBlock, Observation, Turn } from '../../../core/trajectory.ts';
import type { Block, Message } from '../../models/model.ts';
import { elideMiddle } from './elide-middle.ts';

/** Which turns a prompt holds: those in which the paper was read, then those from `from` on. */
export interface InSight {
  reading: number;
  from: number;
}

/** Characters of all that came back in one turn, at most; more is left out in the middle of the longest parts. */
export interface ConversationSettings {
  observationCharacters: number;
}

/**
 * The conversation as the turn log has it: what was said goes back as it came, what came back stands by the call that it answers.
 * Marks for the provider's cache stand at the end of the pinned prefix, and at the moving end and the one before it.
 */
export function conversation(
  { observationCharacters }: ConversationSettings,
  { instructions, turns }: { instructions: string; turns: readonly Turn[] },
  { reading, from }: InSight,
): Message[] {
  const pair = (turn: Turn): Message[] => [
    { role: 'assistant', content: saidIn(turn) },
    { role: 'user', content: cameBack(turn, observationCharacters) },
  ];
  const prefix: Message[] = [
    { role: 'user', content: [{ type: 'text', text: instructions }] },
    ...turns.slice(0, reading).flatMap(pair),
  ];
  const hidden = from - reading;
  const pinned = marked(prefix, [prefix.length - 1]);
  const opening = hidden > 0 ? noted(pinned, HIDDEN) : pinned;
  const messages = [...opening, ...turns.slice(from).flatMap(pair)];
  return marked(messages, [messages.length - 1, messages.length - 3]);
}

/** Without a number, so that it is the same for all windows but the first, and cached with the prefix. */
const HIDDEN =
  '[What you did after this is taken out of your sight, up to the next message. Your files are as you left them.]';

const saidIn = ({ acted }: Turn): ContentBlock[] => acted.blocks ?? [{ type: 'text', text: acted.text }];

/** Results by the calls of the answer, in its order; calls that stood in a text are answered by text. */
function cameBack({ acted, observed }: Turn, most: number): Block[] {
  const texts = elideMiddle(observed.observations.map(shown), most);
  const left = new Map(
    observed.observations.map((observation, index) => [observation.callId, { observation, text: texts[index] ?? '' }]),
  );
  const uses = (acted.blocks ?? []).filter(({ type }) => type === 'tool_use');
  const results = uses.map((use, index) => {
    const id = acted.calls[index]?.id ?? '';
    const found = left.get(id);
    left.delete(id);
    return result(use, found);
  });
  const rest = [...left.values()].map(({ text }) => text).join('\n');
  if (results.length === 0) return [{ type: 'text', text: rest || NOTHING }];
  const last = results.at(-1) as Block;
  return rest === '' ? results : [...results.slice(0, -1), { ...last, content: `${String(last.content)}\n\n${rest}` }];
}

const NOTHING = '(no output)';

function result({ id }: ContentBlock, found: { observation: Observation; text: string } | undefined): Block {
  const { exitCode = null } = found?.observation ?? {};
  return {
    type: 'tool_result',
    tool_use_id: id,
    content: found?.text || NOTHING,
    ...(exitCode !== null && exitCode !== 0 ? { is_error: true } : {}),
  };
}

/** A command that failed says so itself only sometimes. */
function shown({ output, exitCode }: Observation): string {
  if (exitCode === null || exitCode === 0) return output;
  return [output, `[exit code ${exitCode}]`].filter((line) => line !== '').join('\n');
}

/** The messages with marks on the last block of those at these places. */
function marked(messages: readonly Message[], places: readonly number[]): Message[] {
  return messages.map((message, index) => {
    if (!places.includes(index) || typeof message.content === 'string') return message;
    const last = message.content.at(-1) as Block;
    return { ...message, content: [...message.content.slice(0, -1), { ...last, cache: true }] };
  });
}

/** The messages with words added to the last one. */
function noted(messages: readonly Message[], text: string): Message[] {
  const last = messages.at(-1);
  if (!last || typeof last.content === 'string') return [...messages];
  return [...messages.slice(0, -1), { ...last, content: [...last.content, { type: 'text', text }] }];
}
