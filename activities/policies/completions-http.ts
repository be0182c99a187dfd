import type { z } from 'zod';
import { CompletionsError, type CompletionsFault } from './completions-error.ts';
import { exchange, type HttpAnswer, type HttpQuestion } from './http-exchange.ts';

export interface Ask {
  route: string;
  /** JSON to post; a GET without it. */
  body?: object;
  signal?: AbortSignal | undefined;
}

/** Asks one server. A status that is not listed in `allow` is thrown as a CompletionsError; so is what is not the shape. */
export type Http = <T>(shape: z.ZodType<T>, ask: Ask & { allow?: number[] }) => Promise<T>;

/** One request to `baseUrl`, never repeated here. An abort rejects with the signal's own reason. */
export function createHttp(baseUrl: string): Http {
  return async (shape, { route, body, signal, allow = [] }) => {
    const answer = await ask(`${baseUrl}${route}`, { body, signal });
    if (!answer.ok && !allow.includes(answer.status)) throw refused(answer);
    const parsed = shape.safeParse(parseJson(answer.text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const problem = `${issue?.path.join('.') || 'the answer'}: ${issue?.message ?? 'not understood'}`;
    throw new CompletionsError('malformed', `${route} answered what is not understood: ${problem}`, {
      status: answer.status,
      cause: parsed.error,
    });
  };
}

/** Where the connection fails, the request may or may not have been served. */
async function ask(url: string, question: HttpQuestion): Promise<HttpAnswer> {
  question.signal?.throwIfAborted();
  try {
    return await exchange(url, question);
  } catch (error) {
    question.signal?.throwIfAborted();
    throw new CompletionsError('unavailable', `${url} does not answer: ${reasonOf(error)}`, { cause: error });
  }
}

/** Where a name stands for several addresses, of the first. */
function reasonOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}

function refused({ status, header, text }: HttpAnswer): CompletionsError {
  const retryAfter = seconds(header('retry-after'));
  return new CompletionsError(faultOf(status), `${status}: ${messageOf(text)}`, { status, retryAfter });
}

/** 404 is a model, or a whole server behind a gateway, that is not there: not yet, or not any more. */
function faultOf(status: number): CompletionsFault {
  if (status === 429) return 'rate-limited';
  return status >= 500 || status === 408 || status === 404 ? 'unavailable' : 'bad-request';
}

/** vLLM nests the message in `error`, SGLang has it there or on top; anything else is shown as it came. */
function messageOf(text: string): string {
  const content = parseJson(text) as { error?: { message?: unknown }; message?: unknown } | null | undefined;
  const message = content?.error?.message ?? content?.message;
  return typeof message === 'string' ? message : text.slice(0, 300);
}

/** `Retry-After` in seconds, whether it was given as seconds or as a date. */
function seconds(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const given = /^\d+(\.\d+)?$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(given) ? undefined : Math.max(0, given);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
