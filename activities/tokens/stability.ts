import { isDeepStrictEqual } from 'node:util';
import type { RendererSettings } from '../../core/renderer-settings.ts';
import type { ToolCall } from '../../core/trajectory.ts';
import { callsInText } from '../agent/tools/calls-in-text.ts';
import { parseCall } from '../agent/tools/parse-call.ts';
import { ALL_TOOLS } from '../agent/tools/tools.ts';
import { calledIn, type ChatMessage } from './chat-template.ts';
import type { Renderer } from './renderer.ts';

/** Conversations in which templates are known to rewrite: thinking that later turns no longer show, several turns. */
const PROBES: readonly (readonly [answer: string, observation: string][])[] = [
  [['ls', 'paper.md']],
  [
    ['cat paper.md', '# experiments'],
    ['echo a >> b', ''],
    ['submit', 'done'],
  ],
  [
    ['<think>\nThe paper first.\n</think>\n\ncat paper.md', '# experiments'],
    ['<think>\nNow all is known.\n</think>\n\nls', 'paper.md'],
  ],
];

type Said = Pick<ToolCall, 'name' | 'input'>;

/** Of `toolFormat: tools`: calls one after the other and two at once, with words and without. */
const CALLS: readonly (readonly [text: string, calls: readonly Said[], outputs: readonly string[]])[] = [
  ['The paper first.', [{ name: 'read_file', input: { path: 'paper/paper.md', page: 1 } }], ['page 1 of 2']],
  [
    '',
    [
      { name: 'bash', input: { command: 'ls -l "a b" && cat <<E\n<x> & \'y\'\nE' } },
      { name: 'search_file', input: { path: '.', query: 'é {"json": [1, null]}' } },
    ],
    ['', 'a: 1'],
  ],
  ['Done.', [{ name: 'submit', input: {} }], ['no']],
];

/**
 * Throws unless, for every probe, the pieces laid end to end (prefix, opening, action, observation, opening, …) are the very
 * tokens that the template gives for the whole conversation.
 */
export function checkStability(renderer: Renderer, { observationRole, toolFormat }: RendererSettings): void {
  if (toolFormat === 'tools') checkCalls(renderer, observationRole);
  for (const probe of PROBES) {
    const messages: ChatMessage[] = [{ role: 'user', content: 'Reproduce the paper.' }];
    const pieces = renderer.renderPrefix(messages);
    for (const [answer, output] of probe) {
      pieces.push(...renderer.opening);
      compare(pieces, renderer.renderConversation(messages, true), messages.length);
      messages.push({ role: 'assistant', content: answer }, { role: observationRole, content: output });
      pieces.push(...renderer.encodeAction({ text: answer, calls: [] }), ...renderer.renderObservation([output]));
      compare(pieces, renderer.renderConversation(messages, false), messages.length);
    }
  }
}

/** As above with calls, and that calls are understood as they were written. */
function checkCalls(renderer: Renderer, observationRole: RendererSettings['observationRole']): void {
  const messages: ChatMessage[] = [{ role: 'user', content: 'Reproduce the paper.' }];
  const pieces = renderer.renderPrefix(messages);
  for (const [text, calls, outputs] of CALLS) {
    const action = renderer.encodeAction({ text, calls: calls.map((call) => ({ id: '', ...call })) });
    understand(renderer.decode(action), calls);
    messages.push(calledIn(text, calls), ...observed(outputs, observationRole));
    pieces.push(...renderer.opening, ...action, ...renderer.renderObservation(outputs));
    compare(pieces, renderer.renderConversation(messages, false), messages.length);
  }
}

/** Of the role `user` there is one message a turn, whatever it called. */
const observed = (outputs: readonly string[], role: RendererSettings['observationRole']): ChatMessage[] =>
  role === 'user' ? [{ role, content: outputs.join('\n') }] : outputs.map((content) => ({ role, content }));

function understand(written: string, calls: readonly Said[]): void {
  const read = callsInText(written).map((call) => parseCall(call, ALL_TOOLS));
  const meant = calls.map(({ name, input }) => parseCall({ name, input }, ALL_TOOLS));
  if (isDeepStrictEqual(read, meant)) return;
  throw new Error(
    `the chat template writes calls of tools in a way that is not understood: ${JSON.stringify(written)}; ` +
      'JSON, <function=…> and <arg_key> within <tool_call> are',
  );
}

function compare(pieces: readonly number[], whole: readonly number[], messages: number): void {
  const length = Math.max(pieces.length, whole.length);
  for (let index = 0; index < length; index++) {
    if (pieces[index] === whole[index]) continue;
    throw new Error(
      `the chat template is not stable: with ${messages} messages, token ${index} of the conversation is ` +
        `${whole[index] ?? 'missing'}, but ${pieces[index] ?? 'nothing'} was already said`,
    );
  }
}
