import { lenientObject } from '../../models/json.ts';
import type { WrittenCall } from './parse-call.ts';

/** A call that stands in an answer's text. */
export interface CallInText extends WrittenCall {
  /** The text ends before the call does. */
  isOpen: boolean;
}

/** What models write around a call, whatever stands in between. */
const CALL = /<tool_call>([^]*?)(<\/tool_call>|$)/g;

/**
 * Calls that a model wrote into its text, as many were trained to: JSON (Hermes, Qwen), `<function=…>` with `<parameter=…>`
 * (Qwen3-Coder), or a name with `<arg_key>` and `<arg_value>` (GLM-4.5).
 */
export const callsInText = (text: string): CallInText[] =>
  [...text.matchAll(CALL)].flatMap(([, body = '', end]) => {
    const call = byFunction(body) ?? byArguments(body) ?? byJson(body);
    return call === undefined ? [] : [{ ...call, isOpen: end === '' }];
  });

/** What stands around the calls. */
export const withoutCalls = (text: string): string => text.replaceAll(CALL, '').trim();

function byFunction(body: string): WrittenCall | undefined {
  const [, name, inside] = /^\s*<function=([^>\s]+)>([^]*)$/.exec(body) ?? [];
  if (name === undefined || inside === undefined) return undefined;
  return { name, input: fields(inside, /<parameter=([^>\s]+)>\n?([^]*?)\n?<\/parameter>/g) };
}

function byArguments(body: string): WrittenCall | undefined {
  const [, name, inside] = /^\s*([\w.-]+)\s*((?:<arg_key>[^]*)?)$/.exec(body) ?? [];
  if (name === undefined || inside === undefined) return undefined;
  return { name, input: fields(inside, /<arg_key>([^]*?)<\/arg_key>\s*<arg_value>([^]*?)<\/arg_value>/g) };
}

const fields = (text: string, pattern: RegExp): Record<string, string> =>
  Object.fromEntries([...text.matchAll(pattern)].map(([, key = '', value = '']) => [key.trim(), value]));

function byJson(body: string): WrittenCall | undefined {
  const call = lenientObject(body);
  if (typeof call?.name !== 'string') return undefined;
  return { name: call.name, input: call.arguments ?? call.input ?? call.parameters ?? {} };
}
