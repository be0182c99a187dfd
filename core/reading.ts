import type { Turn } from './trajectory.ts';

/** Commands that read the paper, as regular expressions over the whole command. */
export const READING_COMMANDS: readonly string[] = ['cat paper\\.md'];

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

const commandsOf = ({ acted }: Turn): string[] =>
  acted.calls.map(({ input: { command } }) => (typeof command === 'string' ? command.trim() : ''));
