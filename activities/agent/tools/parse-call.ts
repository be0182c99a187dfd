import { z } from 'zod';
import { lenientObject } from '../../models/json.ts';
import { TOOLS, type ToolName } from './tools.ts';

/** A call as a model wrote it. */
export interface WrittenCall {
  name: string;
  input: unknown;
  /** The text of an input that was not JSON. */
  malformed?: string | undefined;
}

/** A call that can be run, or what its author is told instead. */
export type ParsedCall = { name: string; input: Record<string, unknown>; problem?: string };

/** Names that models have for our tools, and for what they take. */
const NAMES: Record<string, ToolName> = {
  shell: 'bash',
  sh: 'bash',
  run: 'bash',
  execute_bash: 'bash',
  execute: 'bash',
  terminal: 'bash',
  read: 'read_file',
  view: 'read_file',
  read_file_chunk: 'read_file',
  search: 'search_file',
  grep: 'search_file',
  write: 'write_file',
  create_file: 'write_file',
  edit: 'edit_file',
  str_replace: 'edit_file',
  end_task: 'submit',
  finish: 'submit',
};
const FIELDS: Record<string, string> = {
  cmd: 'command',
  script: 'command',
  code: 'command',
  file: 'path',
  file_path: 'path',
  filename: 'path',
  filepath: 'path',
  text: 'content',
  contents: 'content',
  file_text: 'content',
  pattern: 'query',
  page_number: 'page',
  old_string: 'old',
  old_str: 'old',
  new_string: 'new',
  new_str: 'new',
  replace_all: 'all',
};

/**
 * Reads a call as its author meant it: other names for tools and fields, JSON that is spoiled or is a string of JSON, numbers and
 * truths in quotes, a command as a list of lines. What cannot be told is not guessed: the agent is told what is wrong.
 */
export function parseCall(written: WrittenCall, allowed: readonly ToolName[]): ParsedCall {
  const name = toolName(written.name, allowed);
  if (!name) {
    const problem = `There is no tool "${written.name}"; there is ${allowed.join(', ')}.`;
    return { name: written.name, input: {}, problem };
  }
  const given = inputOf(written);
  if (!given) {
    return {
      name,
      input: {},
      problem: `The input of ${name} was not JSON that could be read, so nothing was done. Call it again.`,
    };
  }
  const parsed = TOOLS[name].input.safeParse(renamed(given, name));
  if (parsed.success) return { name, input: { ...parsed.data } };
  return {
    name,
    input: given,
    problem: `The input of ${name} does not fit, so nothing was done:\n${z.prettifyError(parsed.error)}`,
  };
}

function toolName(written: string, allowed: readonly ToolName[]): ToolName | undefined {
  const plain = written
    .trim()
    .replace(/^(?:functions?|tools?)[.:]/, '')
    .replaceAll('-', '_')
    .toLowerCase();
  return allowed.find((name) => name === plain || name === NAMES[plain]);
}

function inputOf({ input, malformed }: WrittenCall): Record<string, unknown> | undefined {
  if (malformed !== undefined) return lenientObject(malformed);
  if (typeof input === 'string') return lenientObject(input);
  return typeof input === 'object' && input !== null && !Array.isArray(input)
    ? (input as Record<string, unknown>)
    : undefined;
}

/** Other names of fields; fields that are null are fields that are not given, and fields that nobody knows say nothing. */
function renamed(given: Record<string, unknown>, name: ToolName): Record<string, unknown> {
  const fields = new Set(Object.keys(TOOLS[name].input.shape));
  const entries = Object.entries(given)
    .filter(([, value]) => value !== null)
    .map(([field, value]) => [fields.has(field) ? field : (FIELDS[field.toLowerCase()] ?? field), value] as const);
  const known = entries.filter(([field]) => fields.has(field));
  return Object.fromEntries(known.map(([field, value]) => [field, field === 'command' ? joined(value) : value]));
}

const joined = (value: unknown): unknown =>
  Array.isArray(value) && value.every((line) => typeof line === 'string') ? value.join('\n') : value;

/** What the agent is told of a call that its answer's limit cut. A half of a call is not guessed: half of a file would be written. */
export const CUT = 'Your answer was cut off before this call was complete, so nothing was done. Do less in one answer.';

export const cutCall = (name: string): ParsedCall => ({ name, input: {}, problem: CUT });
