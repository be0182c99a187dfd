import type { RendererSettings } from '../../core/renderer-settings.ts';
import type { ChatMessage } from './chat-template.ts';
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

/**
 * Throws unless, for every probe, the pieces laid end to end (prefix, opening, action, observation, opening, …) are the very
 * tokens that the template gives for the whole conversation.
 */
export function checkStability(renderer: Renderer, { observationRole }: RendererSettings): void {
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
