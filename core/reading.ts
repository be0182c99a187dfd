import { pageCommand, pageReadBy } from './agent/read-command.ts';
import type { ToolCall, Turn } from './trajectory.ts';

/** What reads the paper, as regular expressions over a whole command, or over `read_file PATH page N`. */
export const READING_COMMANDS: readonly string[] = [
  'cat paper\\.md',
  'read_file paper/(?:paper|addendum)\\.md page \\d+',
];

/**
 * Whether `turn` reads the paper: all its calls are reading commands, and at least one was not in `before` (a page that is
 * in the prefix already is not read again: it would only take room).
 */
export function isReadingTurn(turn: Turn, before: readonly Turn[], patterns: readonly string[]): boolean {
  const commands = commandsOf(turn);
  const known = new Set(before.flatMap(commandsOf));
  const reads = (command: string) => patterns.some((pattern) => new RegExp(`^(?:${pattern})$`).test(command));
  return commands.every(reads) && commands.some((command) => !known.has(command));
}

const commandsOf = ({ acted }: Turn): string[] => acted.calls.map(commandOf);

function commandOf(call: ToolCall): string {
  const read = pageReadBy(call);
  if (read) return pageCommand(read);
  const { command } = call.input;
  return typeof command === 'string' ? command.trim() : '';
}
