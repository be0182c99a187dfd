import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';

export interface Asked {
  model: string;
  prompt: number[];
  seed: number;
  max_tokens: number;
  stop_token_ids: number[];
}

/** What the server says to a request: sampled ids, or a refusal. */
export type Said = { ids: number[] } | { status: number; headers?: Record<string, string>; message?: string };

const open = new Set<() => void>();
afterAll(() => open.forEach((close) => close()));

/** A server that answers completions by token ids as the embedded one does, with what the test says, and notes what it was asked. */
export async function completionsServer(say: (asked: Asked, count: number) => Said) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks = await request.toArray();
    const body = JSON.parse(Buffer.concat(chunks as Buffer[]).toString()) as Asked;
    asked.push(body);
    const said = say(body, asked.length);
    const status = 'ids' in said ? 200 : said.status;
    response.writeHead(status, { 'content-type': 'application/json', ...('ids' in said ? {} : said.headers) });
    response.end(
      JSON.stringify('ids' in said ? completion(body, said.ids) : { error: { message: said.message ?? '' } }),
    );
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  open.add(close);
  return { asked, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** Log-probs are −1/8, −2/8, …; all but the last token of the prompt were cached. */
const completion = ({ model, prompt, stop_token_ids: stops }: Asked, ids: number[]) => ({
  model,
  weight_version: 'v1',
  choices: [
    {
      text: '',
      token_ids: ids,
      logprobs: { token_logprobs: ids.map((_, index) => -(index + 1) / 8) },
      finish_reason: stops.includes(ids.at(-1) ?? -1) ? 'stop' : 'length',
    },
  ],
  usage: {
    prompt_tokens: prompt.length,
    completion_tokens: ids.length,
    prompt_tokens_details: { cached_tokens: prompt.length - 1 },
  },
});
