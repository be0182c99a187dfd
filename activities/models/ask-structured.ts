import { z } from 'zod';
import { addUsage } from '../../core/trajectory.ts';
import { lenientObject } from './json.ts';
import {
  textOf,
  type Block,
  type Message,
  type Model,
  type ModelAnswer,
  type ModelRequest,
  type ToolDefinition,
} from './model.ts';
import { ModelError } from './model-error.ts';
import type { OnWait } from './waiting.ts';

/** What an answer should look like: its name and what it is for, both read by the model. */
export interface Shape<T> {
  name: string;
  description: string;
  schema: z.ZodType<T>;
}

export interface Structured<T> {
  value: T;
  /** The last answer; its usage and its wait are those of all tries. */
  answer: ModelAnswer;
}

const TRIES = 2;

/**
 * Asks for an object of a shape, by a tool whose input it is: every Messages API and every chat API has tools. What can be
 * mended is mended, what is still not the shape is shown to the model once, and then is a `malformed` ModelError.
 */
export async function askStructured<T>(
  model: Model,
  { request, shape, onWait }: { request: Omit<ModelRequest, 'tools' | 'toolChoice'>; shape: Shape<T>; onWait?: OnWait },
  signal: AbortSignal,
): Promise<Structured<T>> {
  let messages = request.messages;
  let before: ModelAnswer | undefined;
  for (let tries = 1; ; tries += 1) {
    const asked = structuredRequest(model, { ...request, messages }, shape);
    const answer = summed(before, await model.ask(asked, signal, onWait).catch(afterAnswers(before)));
    const found = parseStructured(answer, shape);
    if ('value' in found) return { value: found.value, answer };
    if (tries === TRIES) {
      const problem = `the model did not answer with "${shape.name}": ${found.problem}`;
      throw new ModelError('malformed', problem, { usage: answer.usage });
    }
    messages = [...messages, ...complaint(answer, found.problem)];
    before = answer;
  }
}

/** The request with the tool that carries the shape. A model that thinks cannot be made to use it, so it is also told to. */
export function structuredRequest<T>(model: Model, request: ModelRequest, shape: Shape<T>): ModelRequest {
  const thinks =
    model.settings.type === 'anthropic' && model.settings.thinking !== undefined && request.thinking !== 'off';
  return {
    ...request,
    tools: toolsOf(shape),
    toolChoice: thinks ? { type: 'auto' } : { type: 'tool', name: shape.name },
    messages: thinks ? told(request.messages, `Answer by calling the tool "${shape.name}", once.`) : request.messages,
  };
}

const tools = new WeakMap<object, ToolDefinition[]>();

/** Made once for each shape: thousands of questions have the same. */
function toolsOf<T>(shape: Shape<T>): ToolDefinition[] {
  const known = tools.get(shape);
  if (known) return known;
  const { $schema: _, ...inputSchema } = z.toJSONSchema(shape.schema, { io: 'input' });
  const made = [{ name: shape.name, description: shape.description, inputSchema }];
  tools.set(shape, made);
  return made;
}

function told(messages: readonly Message[], words: string): Message[] {
  const last = messages.at(-1);
  if (last?.role !== 'user') return [...messages, { role: 'user', content: words }];
  const content: Block[] =
    typeof last.content === 'string' ? [{ type: 'text', text: last.content }] : [...last.content];
  return [...messages.slice(0, -1), { role: 'user', content: [...content, { type: 'text', text: words }] }];
}

/** The value in an answer, or what is wrong with it. */
export function parseStructured<T>(answer: ModelAnswer, shape: Shape<T>): { value: T } | { problem: string } {
  if (answer.stopReason === 'refusal') return { problem: 'it refused' };
  const call = answer.content.find(({ type, name }) => type === 'tool_use' && name === shape.name);
  const malformed = call && answer.malformedInputs[String(call.id)];
  const given = malformed === undefined ? call?.input : lenientObject(malformed);
  const value = given ?? lenientObject(textOf(answer.content));
  if (value === undefined)
    return { problem: answer.stopReason === 'max_tokens' ? 'it was cut off' : 'there is no JSON object' };
  const parsed = shape.schema.safeParse(value);
  return parsed.success ? { value: parsed.data } : { problem: z.prettifyError(parsed.error) };
}

/** The answer as it came, and what is wrong with it; a call must have its result. */
function complaint({ content }: ModelAnswer, problem: string): Message[] {
  const words = `That was not understood: ${problem}. Answer again, with the whole object.`;
  const calls = content.filter(({ type }) => type === 'tool_use');
  const results = calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, is_error: true, content: words }));
  const said = content.length === 0 ? [{ type: 'text', text: '(nothing)' }] : content;
  return [
    { role: 'assistant', content: said },
    { role: 'user', content: results.length > 0 ? results : [{ type: 'text', text: words }] },
  ];
}

/** Throws a failure with what the answers before it took. */
const afterAnswers =
  (before: ModelAnswer | undefined) =>
  (error: unknown): never => {
    throw before && error instanceof ModelError ? error.after(before.usage) : error;
  };

function summed(before: ModelAnswer | undefined, answer: ModelAnswer): ModelAnswer {
  if (!before) return answer;
  return {
    ...answer,
    usage: addUsage({ ...before.usage }, answer.usage),
    waitedSeconds: before.waitedSeconds + answer.waitedSeconds,
  };
}
