import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { createLimiter, Outcome, Share, Wanted } from './limiter.ts';
import { onLines, sendLine } from './lines.ts';

/** What a process asks the owner of the limits. */
export type ToOwner =
  | { type: 'acquire'; id: number; wanted: Omit<Wanted, 'since'>; ageMs: number }
  /** A share that an owner gave who is gone. */
  | { type: 'held'; id: number; wanted: Omit<Wanted, 'since'> }
  | { type: 'settle'; id: number; outcome: Outcome }
  | { type: 'drop'; id: number };

export type FromOwner = { type: 'hello' } | { type: 'granted'; id: number };

export interface LimiterServer {
  host: string;
  port: number;
  /** Gives no share for so long: who takes over first hears what is held. */
  rest(ms: number): void;
  close(): void;
}

/** Serves a limiter to other processes. A process that is gone gives back its shares and its places in the queue. */
export async function serveLimiter(limiter: ReturnType<typeof createLimiter>, host: string): Promise<LimiterServer> {
  const sockets = new Set<Socket>();
  let rested = Promise.resolve();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    attend({ ...limiter, acquire: (wanted, signal) => rested.then(() => limiter.acquire(wanted, signal)) }, socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  server.unref();
  return {
    host,
    port: (server.address() as AddressInfo).port,
    rest(ms) {
      rested = delay(ms, undefined, { ref: false });
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function attend(limiter: ReturnType<typeof createLimiter>, socket: Socket): void {
  const shares = new Map<number, Share>();
  const waiting = new Map<number, AbortController>();
  socket.unref();
  socket.once('close', () => {
    for (const controller of waiting.values()) controller.abort();
    for (const share of shares.values()) share.settle({ type: 'failed' });
  });

  async function acquire({ id, wanted, ageMs }: Extract<ToOwner, { type: 'acquire' }>): Promise<void> {
    const leaving = new AbortController();
    waiting.set(id, leaving);
    try {
      const since = performance.now() - ageMs;
      shares.set(id, await limiter.acquire({ ...wanted, since }, leaving.signal));
      sendLine(socket, { type: 'granted', id } satisfies FromOwner);
    } catch (error) {
      if (!leaving.signal.aborted) throw error;
    } finally {
      waiting.delete(id);
    }
  }

  function settle(id: number, outcome: Outcome): void {
    shares.get(id)?.settle(outcome);
    shares.delete(id);
  }

  onLines(socket, (given) => {
    const message = given as ToOwner;
    switch (message.type) {
      case 'acquire':
        return void acquire(message);
      case 'held':
        return void shares.set(message.id, limiter.hold({ ...message.wanted, since: 0 }));
      case 'settle':
        return settle(message.id, message.outcome);
      case 'drop':
        waiting.get(message.id)?.abort();
        return settle(message.id, { type: 'failed' });
    }
  });
  sendLine(socket, { type: 'hello' } satisfies FromOwner);
}
