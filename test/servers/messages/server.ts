import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, eventsOf, type Answer } from './answer.ts';
import { createBatches } from './batches.ts';
import { createCache } from './cache.ts';
import { chatAnswer, chatLines, fromChat } from './chat.ts';
import { createRates } from './rates.ts';
import { sendJson, sendStream, sse } from './send.ts';
import { promptTokens } from './tokens.ts';
import { badRequest, Refused, type Body, type Fault, type Served, type ServerOptions } from './types.ts';
import { validate } from './validate.ts';

import { figuresOf, type Figures } from './figures.ts';
export type { Body, Brain, Fault, Reply, ServerOptions } from './types.ts';

export interface MessagesServer {
  baseUrl: string;
  /** Every request that asked for an answer, in order, with what became of it. */
  served: Served[];
  /** Counts of what was served, as they are now. */
  figures(): Figures;
  /** Changes what it does from the next request on. */
  set(changes: Partial<Pick<ServerOptions, 'brain' | 'fault' | 'latencyMs'>>): void;
  close(): void;
}

/**
 * A server that speaks the Messages API, and chat completions, as the real ones do: it streams, keeps accounts of its cache, has rate
 * limits, goes wrong when told to, and refuses what they refuse. What it says is the brain's.
 */
export async function startMessagesServer(given: ServerOptions, port = 0): Promise<MessagesServer> {
  const options = { ...given };
  const desk = createDesk(options);
  const batches = createBatches(options, desk.think);

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://server').pathname;
    response.setHeader('request-id', `req_${randomUUID()}`);
    if (path === '/health') return sendJson(response, 200, {});
    const isChat = path === '/v1/chat/completions';
    authenticate(request, options, isChat);
    if (isChat || path === '/v1/messages') return desk.serve(request, response, isChat);
    if (path === '/v1/messages/count_tokens') {
      return sendJson(response, 200, { input_tokens: promptTokens((await readBody(request)) as Body) });
    }
    if (path.startsWith('/v1/messages/batches')) return batches.serve(path, response, () => readBody(request));
    throw new Refused(404, 'not_found_error', `no route ${path}`);
  }

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => refuse(response, error));
  });
  server.keepAliveTimeout = 60_000;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    served: desk.served,
    figures: () => figuresOf(desk.served),
    set: (changes) => void Object.assign(options, changes),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Where requests for answers are served. */
function createDesk(options: ServerOptions) {
  const served: Served[] = [];
  const cache = createCache({ minTokens: options.minCacheTokens });
  const rates = createRates(options.limits ?? {});
  let count = 0;

  const think = async (body: Body): Promise<Answer> =>
    answerOf(body, await options.brain(body, count), cache.account(body));

  /** Lets a request through its limits, or refuses it; what a fault refuses takes nothing from them. */
  function admit(body: Body, response: ServerResponse): Fault | undefined {
    count += 1;
    validate(body, options);
    const fault = options.fault?.(body, count);
    if (fault?.type === 'status') {
      setHeaders(response, { ...rates.headers(), ...fault.headers });
      throw new Refused(fault.status, fault.error ?? errorOf(fault.status), fault.message ?? 'it happens');
    }
    const wait = rates.take(promptTokens(body));
    setHeaders(response, rates.headers());
    if (wait === 0) return fault;
    setHeaders(response, { 'retry-after': Math.ceil(wait), 'retry-after-ms': Math.ceil(wait * 1000) });
    throw new Refused(429, 'rate_limit_error', 'This request would exceed your rate limit.');
  }

  async function serve(request: IncomingMessage, response: ServerResponse, isChat: boolean): Promise<void> {
    const raw = await readBody(request);
    const body = isChat ? fromChat(raw) : (raw as Body);
    const headers = request.headers as Record<string, string>;
    const entry: Served = { at: performance.now(), status: 200, body: raw as Body, headers };
    served.push(entry);
    try {
      const fault = admit(body, response);
      if (options.latencyMs) await sleep(options.latencyMs);
      if (fault?.type === 'hang') return;
      const answer = await think(body);
      entry.usage = answer.usage;
      if (!body.stream) return sendJson(response, 200, isChat ? chatAnswer(answer) : answer);
      const lines = isChat ? chatLines(answer, fault) : eventsOf(answer, fault).map((event) => sse(event.type, event));
      if (!(await sendStream(response, lines, fault))) entry.status = 0;
    } catch (error) {
      entry.status = error instanceof Refused ? error.status : 500;
      throw error;
    }
  }

  return { served, think, serve };
}

function setHeaders(response: ServerResponse, headers: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

function authenticate(
  { headers }: IncomingMessage,
  { keys = ['sk-test'], forbidden = [] }: ServerOptions,
  isChat: boolean,
): void {
  const bearer = headers.authorization?.replace(/^Bearer /, '');
  const key = String(headers['x-api-key'] ?? bearer ?? '');
  if (forbidden.includes(key)) {
    throw new Refused(403, 'permission_error', 'Your API key does not have permission to use the specified resource.');
  }
  if (!keys.includes(key)) throw new Refused(401, 'authentication_error', 'invalid x-api-key');
  if (!isChat && !headers['anthropic-version']) throw badRequest('anthropic-version: header is required');
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const text = Buffer.concat((await request.toArray()) as Buffer[]).toString();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badRequest('the request body is not valid JSON');
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  const { status, type } = error instanceof Refused ? error : { status: 500, type: 'api_error' };
  if (response.headersSent) return void response.destroy();
  sendJson(response, status, { type: 'error', error: { type, message: (error as Error).message } });
}

const errorOf = (status: number): string =>
  ({ 401: 'authentication_error', 403: 'permission_error', 429: 'rate_limit_error', 529: 'overloaded_error' })[
    status
  ] ?? 'api_error';
