import { createHash } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { seconds } from '../../core/duration.ts';
import { factoryKeys } from '../../core/factory/keys.ts';
import type { AskingSettings } from '../../core/factory/settings.ts';
import { invalidInput } from '../failures.ts';
import type { Store } from '../store.ts';
import { createPace, type Clock } from './pace.ts';

export interface Question {
  url: string;
  /** JSON to post. */
  body?: object;
  headers?: Record<string, string>;
  /** The environment variable that a key in the headers came from. */
  keyFrom?: string;
  /** Milliseconds between two requests to this server, by whatever process. */
  pace: number;
  maxBytes?: number;
  signal?: AbortSignal | undefined;
}

export interface Answer {
  /** 200, or 404 for what is not there. */
  status: number;
  body: Buffer;
  /** When the server last said so. */
  retrievedAt: string;
}

/** Asks a server of somebody else, politely and as seldom as possible. */
export type Ask = (question: Question) => Promise<Answer>;

export interface AskingDependencies {
  store: Store;
  settings: AskingSettings;
  fetcher?: typeof fetch;
  clock?: Clock;
}

const kept = z.object({
  url: z.string(),
  status: z.number(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  retrievedAt: z.string(),
});
type Kept = z.infer<typeof kept>;

const MOST = 64 * 2 ** 20;
/** Where a server that is too busy does not say for how long. */
const BUSY_FOR = 60;

/**
 * Answers are kept in the store and asked for again only when they are old, and then on condition that they have changed. A
 * server that asks for patience gets it: the failure says for how long, and Temporal waits.
 */
export function createAsk({ store, settings, fetcher = fetch, clock = realClock }: AskingDependencies): Ask {
  const pace = createPace(store, clock);
  const agent = `longhaul-research-factory/1 (${settings.contact || 'no contact given'})`;
  return async (question) => {
    const key = keyOf(question);
    const before = await readKept(store, key);
    const age = before ? clock.now() - Date.parse(before.retrievedAt) : Infinity;
    if (before && age < seconds(settings.refreshAfter) * 1000)
      return { ...before, body: await store.read(`${key}/body`) };
    await pace(new URL(question.url).host, question.pace, question.signal);
    const response = await send(fetcher, question, { 'user-agent': agent, ...question.headers, ...conditions(before) });
    const retrievedAt = new Date(clock.now()).toISOString();
    if (response.status === 304 && before) {
      await store.writeJson(`${key}/answer.json`, { ...before, retrievedAt });
      return { status: before.status, body: await store.read(`${key}/body`), retrievedAt };
    }
    refuse(response, question);
    const body = response.ok ? await readBody(response, question) : Buffer.alloc(0);
    const { headers, status } = response;
    const answer: Kept = {
      url: question.url,
      status,
      etag: headers.get('etag'),
      lastModified: headers.get('last-modified'),
      retrievedAt,
    };
    await store.write(`${key}/body`, body);
    await store.writeJson(`${key}/answer.json`, answer);
    return { status, body, retrievedAt };
  };
}

const realClock: Clock = { now: () => Date.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };

/** Keys and passwords in headers are no part of the name. */
function keyOf({ url, body }: Question): string {
  const hash = createHash('sha256').update(`${url}\n${body ? JSON.stringify(body) : ''}`);
  return `${factoryKeys.answers}/${hash.digest('hex')}`;
}

async function readKept(store: Store, key: string): Promise<Kept | null> {
  const before = await store.readJson(`${key}/answer.json`);
  return before === undefined ? null : kept.parse(before);
}

const conditions = (before: Kept | null): Record<string, string> => ({
  ...(before?.etag ? { 'if-none-match': before.etag } : {}),
  ...(before?.lastModified ? { 'if-modified-since': before.lastModified } : {}),
});

async function send(
  fetcher: typeof fetch,
  { url, body, signal }: Question,
  headers: Record<string, string>,
): Promise<Response> {
  const post = body && { method: 'POST', body: JSON.stringify(body) };
  try {
    const type: Record<string, string> = body ? { 'content-type': 'application/json' } : {};
    return await fetcher(url, { ...post, headers: { ...headers, ...type }, signal: signal ?? null });
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`${url} does not answer: ${reasonOf(error)}`, { cause: error });
  }
}

/** What is not there is an answer; what the server cannot do now is worth another try, what it will never do is not. */
function refuse({ status, ok, headers }: Response, { url, keyFrom }: Question): void {
  if (ok || status === 404 || status === 410) return;
  if (status === 429 || status === 503) {
    const wait = patience(headers.get('retry-after'));
    throw ApplicationFailure.create({
      type: 'RateLimited',
      message: `${url} asks for ${wait} s of patience (${status})`,
      nextRetryDelay: `${wait} s`,
    });
  }
  if (status >= 500 || status === 408) throw new Error(`${url} answered ${status}`);
  const isKey = keyFrom !== undefined && (status === 401 || status === 403);
  throw invalidInput(`${url} answered ${status}${isKey ? `: it refuses the key in ${keyFrom}` : ''}`);
}

/** Seconds, said as a number or as a date. */
function patience(header: string | null): number {
  if (header === null) return BUSY_FOR;
  const number = Number(header);
  const wait = Number.isFinite(number) ? number : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(wait) ? Math.min(3600, Math.max(1, Math.ceil(wait))) : BUSY_FOR;
}

async function readBody(response: Response, { url, maxBytes = MOST }: Question): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).byteLength;
    if (size > maxBytes) throw invalidInput(`${url} answered with more than ${Math.round(maxBytes / 2 ** 20)} MB`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}

/** Node hides why a connection failed in the cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
