import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { ChatMessage } from '../../activities/tokens/chat-template.ts';
import { loadRenderer, type Renderer } from '../../activities/tokens/renderer.ts';
import { rendererSettings } from '../../core/renderer-settings.ts';

/** What the Python tests ask on stdin: conversations and texts to put into tokens with a folder's tokenizer. */
interface Question {
  folder: string;
  settings: object;
  conversations: ChatMessage[][];
  texts: string[];
}

async function main(): Promise<void> {
  const { folder, settings, conversations, texts } = JSON.parse(readFileSync(0, 'utf8')) as Question;
  const renderer = await loadRenderer(folder, rendererSettings.parse(settings));
  renderer.checkPrefixStability();
  const encoded = texts.map((text) => renderer.encode(text));
  const answer = {
    endOfTurnId: renderer.endOfTurnId,
    whole: conversations.map((messages) => renderer.renderConversation(messages, true)),
    pieces: conversations.map((messages) => inPieces(renderer, messages)),
    encoded,
    decoded: encoded.map((ids) => renderer.decode(ids)),
  };
  process.stdout.write(JSON.stringify(answer));
}

/** The same conversation as an agent loop makes it: each piece put into tokens when it is new, and never again. */
function inPieces(renderer: Renderer, messages: readonly ChatMessage[]): number[] {
  const first = messages.findIndex(({ role }) => role === 'assistant');
  const ids = renderer.renderPrefix(messages.slice(0, first));
  for (const { role, content } of messages.slice(first)) {
    if (role === 'assistant') ids.push(...renderer.opening, ...renderer.encodeAction({ text: content, calls: [] }));
    else ids.push(...renderer.renderObservation([content]));
  }
  return [...ids, ...renderer.opening];
}

void main();
