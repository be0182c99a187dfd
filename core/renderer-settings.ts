import { z } from 'zod';
import { TOOL_NAMES } from './agent/tool-names.ts';

/** How a student's conversation is put into messages; what the chat template then makes of them is the template's. */
export const rendererSettings = z.strictObject({
  toolFormat: z
    .enum(['plain', 'tools'])
    .default('plain')
    .describe("`plain`: the answer's text is the command; `tools`: calls are written as the chat template writes them"),
  tools: z
    .array(z.enum(TOOL_NAMES))
    .min(1)
    .default([...TOOL_NAMES])
    .describe('with `tools`: which ones the chat template tells the student of, and it may call'),
  observationRole: z.enum(['user', 'tool']).default('tool').describe('the role of what came back'),
  elision: z
    .string()
    .default('[...]')
    .describe('stands where the middle of a long observation was left out; {tokens} becomes how many tokens that were'),
  variables: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('further variables of the chat template, such as date_string or enable_thinking'),
});
export type RendererSettings = z.infer<typeof rendererSettings>;
