import type { z } from 'zod';
import { CompletionsError, type CompletionsFault } from './completions-error.ts';

export interface Ask {
  route: string;
  /** JSON to post; a GET without it. */
  body?: object;
  signal?: AbortSignal | undefined;
}

/** Asks one server. A status that is not listed in `allow` is thrown as a CompletionsError; so is what is not the shape. */
export type Http = <T>(shape: z.ZodType<T>, ask: Ask & { allow?: number[] }) => Promise<T>;

/** One request to `baseUrl`, never repeated here. An abort rejects with the signal's own reason. */
export function createHttp(baseUrl: string, fetcher: typeof fetch): Http {
  return async (shape, { route, body, signal, allow = [] }) => {
    const post = body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    };
    const { answer, text } = await exchange(() => fetcher(`${baseUrl}${route}`, { ...post, signal: signal ?? null }), {
      where: `${baseUrl}${route}`,
      signal,
    });
    if (!answer.ok && !allow.includes(answer.status)) throw refused(answer, text);
    const parsed = shape.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const problem = `${issue?.path.join('.') || 'the answer'}: ${issue?.message ?? 'not understood'}`;
    throw new CompletionsError('malformed', `${route} answered what is not understood: ${problem}`, {
      status: answer.status,
      cause: parsed.error,
    });
  };
}

/** The answer and its text. Where the connection fails, the request may or may not have been served. */
async function exchange(
  send: () => Promise<Response>,
  { where, signal }: { where: string; signal?: AbortSignal | undefined },
): Promise<{ answer: Response; text: string }> {
  try {
    const answer = await send();
    return { answer, text: await answer.text() };
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new CompletionsError('unavailable', `${where} does not answer: ${reason}`, { cause: error });
  }
}

function refused(answer: Response, text: string): CompletionsError {
  const retryAfter = seconds(answer.headers.get('retry-after'));
  return new CompletionsError(faultOf(answer.status), `${answer.status}: ${messageOf(text)}`, {
    status: answer.status,
    retryAfter,
  });
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
function seconds(header: string | null): number | undefined {
  if (header === null) return undefined;
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
