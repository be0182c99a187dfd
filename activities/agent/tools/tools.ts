import { z } from 'zod';
import { TOOL_NAMES, type ToolName } from '../../../core/agent/tool-names.ts';
import type { ToolDefinition } from '../../models/model.ts';

const path = z.string().min(1).describe('relative to the folder you work in');

/** What an agent can call, by name: what it is for, in the agent's words, and what it takes. */
export const TOOLS = {
  bash: {
    description: 'Runs a command by `sh -c` in the folder you work in, and shows what it prints and how it ended.',
    input: z.strictObject({
      command: z.string().min(1),
      timeout: z.coerce.number().min(1).max(86_400).optional().describe('seconds after which it is killed'),
    }),
  },
  read_file: {
    description: 'Shows one page of a text file, and how many there are.',
    input: z.strictObject({ path, page: z.coerce.number().int().min(1).default(1) }),
  },
  search_file: {
    description: 'Shows the lines of a text file, or of all files of a folder, that hold a text. Case does not matter.',
    input: z.strictObject({ path, query: z.string().min(1) }),
  },
  write_file: {
    description: 'Writes a text file, with the folders above it. It replaces what was there, or adds to its end.',
    input: z.strictObject({
      path,
      content: z.string(),
      append: truth().default(false).describe('adds to the end instead of replacing'),
    }),
  },
  edit_file: {
    description: 'Replaces a text in a file by another one. The text must be given exactly and occur once.',
    input: z.strictObject({
      path,
      old: z.string().min(1),
      new: z.string(),
      all: truth().default(false).describe('replaces every occurrence'),
    }),
  },
  submit: {
    description: 'Ends your work and hands in the folder as it is. It cannot be taken back.',
    input: z.strictObject({}),
  },
} as const satisfies Record<ToolName, { description: string; input: z.ZodType }>;
export type { ToolName };

export const ALL_TOOLS: readonly ToolName[] = TOOL_NAMES;

/** `"false"` is what a model means by it. */
function truth() {
  return z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]);
}

/** Tools as a model is told of them. */
export const definitionsOf = (names: readonly ToolName[]): ToolDefinition[] =>
  names.map((name) => {
    const { $schema: _, ...inputSchema } = z.toJSONSchema(TOOLS[name].input, { io: 'input' });
    return { name, description: TOOLS[name].description, inputSchema };
  });
