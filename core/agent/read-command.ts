import type { ToolCall } from '../trajectory.ts';

/** A page of a text file, as agents name it. */
export interface PageRead {
  path: string;
  page: number;
}

/** What an agent answers whose answers are commands: it has no tool to call, so the scaffold takes this word for it. */
const COMMAND = /^read_file (\S+)(?: page ([1-9]\d*))?$/;

/** The page that a call reads, by the tool `read_file` or by the command of that name; undefined where it does something else. */
export function pageReadBy({
  name,
  input: { path, page, command },
}: Pick<ToolCall, 'name' | 'input'>): PageRead | undefined {
  if (name === 'read_file') return typeof path === 'string' ? { path, page: Number(page ?? 1) } : undefined;
  const [, written, number = '1'] =
    (name === 'sh' && typeof command === 'string' && COMMAND.exec(command.trim())) || [];
  return written === undefined ? undefined : { path: written, page: Number(number) };
}

/** The same page in the words of a command. */
export const pageCommand = ({ path, page }: PageRead): string => `read_file ${path} page ${page}`;
