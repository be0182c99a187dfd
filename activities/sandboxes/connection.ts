import { open as openFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { createPending, lineReader, parseAnswer } from './answers.ts';

/** A connection to a sandbox's supervisor. Requests are numbered by it and answered in any order. */
export interface Connection {
  readonly closed: boolean;
  /** Rejects with `Disconnected` when the supervisor ends first. */
  ask(request: Record<string, unknown>): Promise<unknown>;
  end(): void;
}

// The address of a socket holds 108 bytes with its final zero.
const LONGEST_ADDRESS = 100;

/** Connects to the supervisor of a sandbox's folder; null when none listens there. */
export async function connectTo(folder: string): Promise<Connection | null> {
  const path = `${folder}/sock`;
  if (Buffer.byteLength(path) <= LONGEST_ADDRESS) return fromSocket(await connected(path));
  const handle = await openFile(folder, 'r').catch(noneIfMissing);
  if (!handle) return null;
  try {
    return fromSocket(await connected(`/proc/self/fd/${handle.fd}/sock`));
  } finally {
    await handle.close();
  }
}

function connected(path: string): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (['ENOENT', 'ECONNREFUSED', 'ENOTDIR'].includes(error.code ?? '')) resolve(null);
      else reject(error);
    });
  });
}

function fromSocket(socket: Socket | null): Connection | null {
  if (!socket) return null;
  const pending = createPending();
  let closed = false;
  let count = 0;
  const settled = (): void => {
    if (pending.size === 0) socket.unref(); // an open sandbox alone does not keep its worker alive
  };
  const lost = (why: string): void => {
    closed = true;
    pending.lost(why);
    socket.destroy();
  };
  const read = lineReader((line) => {
    const answer = parseAnswer(line);
    if (!answer) return lost(`the supervisor answers nonsense: ${line.slice(0, 100)}`);
    pending.settle(answer);
    settled();
  });
  socket.on('data', read);
  socket.on('error', (error) => lost(error.message));
  socket.on('close', () => lost('the supervisor has ended'));
  socket.unref();
  return {
    get closed() {
      return closed;
    },
    ask(request) {
      count += 1;
      const answer = pending.wait(count);
      socket.ref();
      socket.write(`${JSON.stringify({ n: count, ...request })}\n`);
      return answer;
    },
    end: () => lost('detached'),
  };
}

function noneIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
