import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';

/** A request as the fake server saw it. */
export interface Seen {
  route: string;
  body: Record<string, unknown>;
}

export interface RecordedServer {
  baseUrl: string;
  seen: Seen[];
  close(): Promise<void>;
}

interface Recorded {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
}

export type Choose = (seen: Seen) => string | Recorded | undefined;

/**
 * A local server that answers from `test/fixtures/completions/<kind>`: `choose` names a fixture for each question, or gives the
 * answer itself; what it leaves out is never answered.
 */
export async function openRecorded(kind: 'vllm' | 'sglang', choose: Choose): Promise<RecordedServer> {
  const seen: Seen[] = [];
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const question = { route: request.url ?? '', body: await readBody(request) };
    seen.push(question);
    const chosen = choose(question);
    if (chosen !== undefined) answer(response, typeof chosen === 'string' ? fixture(kind, chosen) : chosen);
  }
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function fixture(kind: string, name: string): Recorded {
  const path = join(__dirname, '../../fixtures/completions', kind, `${name}.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as Recorded;
}

function answer(response: ServerResponse, { status, headers, body }: Recorded): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const part of request) text += String(part);
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}

/** vLLM with its development routes open, or closed: then its model's name is all that tells a version. */
export function openVllm({ development = true } = {}): Promise<RecordedServer> {
  let version = 'step-1';
  return openRecorded('vllm', ({ route, body }) => {
    const [path] = route.split('?');
    if (path === '/health') return { status: 200, body: '' };
    if (path === '/v1/models')
      return { status: 200, body: { object: 'list', data: [{ id: 'policy', object: 'model' }] } };
    if (path === '/v1/completions') return completionOf(body['prompt'], body);
    if (!development) return 'no-weight-info';
    if (path === '/update_weight_version') version = String(body['new_version']);
    if (path === '/weight_info') return { status: 200, body: { weight_version: version } };
    return { status: 200, body: path === '/update_weight_version' ? { success: true, new_version: version } : {} };
  });
}

/** SGLang's native routes. */
export function openSglang(): Promise<RecordedServer> {
  let version = 'step-1';
  return openRecorded('sglang', ({ route, body }) => {
    if (route === '/health') return { status: 200, body: '' };
    if (route === '/get_model_info') return { status: 200, body: { model_path: '/m', weight_version: version } };
    if (route === '/update_weights_from_disk') {
      if (body['model_path'] === '/nowhere') return 'update-refused';
      version = String(body['weight_version']);
      return {
        status: 200,
        body: { success: true, message: 'Succeeded to update model weights.', num_paused_requests: 0 },
      };
    }
    const parameters = body['sampling_params'] as Record<string, unknown>;
    const chosen = completionOf(body['input_ids'], parameters);
    if (chosen === undefined) return undefined;
    const recorded = fixture('sglang', chosen);
    const content = recorded.body as { meta_info?: object };
    if (!content.meta_info) return recorded;
    return { ...recorded, body: { ...content, meta_info: { ...content.meta_info, weight_version: version } } };
  });
}

/** The prompt's first token says what is to happen; 1 is a request that is never answered. */
const EVENTS: Record<number, string | undefined> = { 2: 'abort', 3: 'no-token-ids', 4: 'uneven', 9: 'rate-limited' };

function completionOf(prompt: unknown, { stop_token_ids: stops }: Record<string, unknown>): string | undefined {
  const [first = 0, ...rest] = prompt as number[];
  if (first === 1) return undefined;
  if ([first, ...rest].includes(999_999)) return 'bad-request';
  return EVENTS[first] ?? ((stops as number[]).includes(12) ? 'stop' : 'length');
}
