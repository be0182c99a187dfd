import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { openSandbox } from '../../../activities/sandboxes/client.ts';
import { connectTo } from '../../../activities/sandboxes/connection.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { spec } from './support.ts';

const folder = temporaryFolders();
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A supervisor that answers a ping, and everything else by the given line. */
async function pretender(line: (n: number) => string): Promise<string> {
  const place = folder();
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (chunk: Buffer) => {
      for (const text of chunk.toString().split('\n').filter(Boolean)) {
        const { n, op } = JSON.parse(text) as { n: number; op: string };
        socket.write(op === 'ping' ? `{"n":${n},"ok":{}}\n` : `${line(n)}\n`);
      }
    });
  });
  await new Promise<void>((listening) => server.listen(join(place, 'sock'), listening));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return place;
}

test.each(['not json', '[]', 'null', '7', '{"ok":{}}', '{"n":1}', '{"n":1,"error":"no"}'])(
  'a supervisor that says %s loses its connection, and nothing else of the worker is harmed',
  async (line) => {
    const connection = await connectTo(await pretender(() => line));
    await expect(connection?.ask({ op: 'exec' })).rejects.toThrow('answers nonsense');
    expect(connection?.closed).toBe(true);
  },
);

test.each(['null', '{}', '{"exitCode":"zero","output":"","ended":"exit","seconds":1,"slept":0}', '[]'])(
  'a result that is none (%s) is a lost sandbox, not an observation',
  async (ok) => {
    const place = await pretender((n) => `{"n":${n},"ok":${ok}}`);
    const launcher = { ask: async () => ({ found: 'new' }) };
    const setting = { sandboxes: place, launcher, bwrap: null, patienceMs: 5000 };
    const { sandbox } = await openSandbox(setting, place, spec());
    const call = { callId: 'a', command: 'true', epoch: 1, timeoutSeconds: 5 };
    await expect(sandbox.exec(call)).rejects.toThrow('answers nonsense');
    await sandbox.detach();
  },
);
