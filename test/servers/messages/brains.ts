import { scriptedMistakes } from '../../../core/micropaper/mistakes.ts';
import { playMicropaper } from '../../../core/micropaper/strategy.ts';
import { blocksOf, type Block, type Body, type Brain, type Reply } from './types.ts';

/** Acts so many turns, whatever comes back, then submits; each turn writes so many tokens. */
export function scriptedBrain({ turns, replyTokens }: { turns: number; replyTokens: number }): Brain {
  const words = 'word '.repeat(Math.ceil((replyTokens * 4) / 5)).trim();
  return (body) => {
    const made = body.messages.filter(({ role }) => role === 'assistant').length;
    return act(body, made < turns - 1 ? `echo ${made} ${words}` : 'submit');
  };
}

/** Plays micropapers as the scripted policy does, from nothing but the conversation; without mistakes where none are given. */
export function micropaperBrain({ seed = 0, mistakes = FLAWLESS } = {}): Brain {
  return (body) => {
    const play = playMicropaper({ mistakes: scriptedMistakes.parse(mistakes), seed });
    let step = play.next();
    for (const { role, content } of body.messages.slice(1)) {
      if (role === 'assistant' || step.done) continue;
      step = play.next({
        output: shown(blocksOf(content)),
        interrupted: shown(blocksOf(content)).includes('interrupted'),
      });
    }
    return act(body, step.value);
  };
}

const FLAWLESS = Object.fromEntries(Object.keys(scriptedMistakes.parse({})).map((name) => [name, 0]));

/** What came back in a user message: results of calls, or plain text. */
const shown = (blocks: Block[]): string =>
  blocks.map(({ type, content, text }) => (type === 'tool_result' ? shownIn(content) : String(text))).join('\n');

const shownIn = (content: unknown): string =>
  typeof content === 'string' ? content : shown((content ?? []) as Block[]);

/** A command by the tool `bash` where there is one, else as plain text; with a thought where thinking is on. */
function act({ tools, thinking }: Body, command: string): Reply {
  const thought =
    thinking?.type === 'enabled' || thinking?.type === 'adaptive'
      ? [{ type: 'thinking', thinking: `next: ${command}` }]
      : [];
  if (!tools?.length) return { content: [...thought, { type: 'text', text: command }] };
  const call = command === 'submit' ? { name: 'submit', input: {} } : { name: 'bash', input: { command } };
  return { content: [...thought, { type: 'tool_use', ...call }] };
}
