import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** JSON values as lines over a socket, both ways. */
export function onLines(socket: Socket, heed: (message: unknown) => void): void {
  // What breaks is followed by `close`, which is what both sides act on.
  socket.on('error', () => undefined);
  const lines = createInterface({ input: socket });
  lines.on('error', () => undefined);
  lines.on('line', (line) => heed(JSON.parse(line)));
}

export const sendLine = (socket: Socket, message: object): void => void socket.write(`${JSON.stringify(message)}\n`);
