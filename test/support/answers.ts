import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';

export interface Recorded {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export interface Asked {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** Starts servers with recorded answers, by what was asked; closed after the tests of the file. Called at its top. */
export function recordedServers(): (answer: (asked: Asked) => Recorded) => Promise<{ url: string; asked: Asked[] }> {
  const servers: Server[] = [];
  afterAll(() => Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve)))));
  return async (answer) => {
    const asked: Asked[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        const question = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
        asked.push(question);
        const { status = 200, headers = {}, body: said = '' } = answer(question);
        response.writeHead(status, { connection: 'close', ...headers }).end(said);
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
  };
}
