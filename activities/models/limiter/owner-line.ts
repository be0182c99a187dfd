import { connect } from 'node:net';
import { onLines, sendLine } from './lines.ts';
import type { Owner } from './owners.ts';
import type { FromOwner, ToOwner } from './server.ts';

/** An open line to the owner of the limits. */
export interface OwnerLine {
  epoch: number;
  say(message: ToOwner): void;
  close(): void;
}

export interface OwnerEvents {
  granted(id: number, by: OwnerLine): void;
  lost(): void;
}

/** Silence of an owner that should greet, after which it is taken for dead. */
const GREETING_MS = 10_000;
/** Of a line on which nothing is said: a machine that lost its power says no goodbye. */
const KEEP_ALIVE_MS = 10_000;

/** A line to the owner once it has greeted; undefined where nobody does. */
export function greetOwner(owner: Owner, events: OwnerEvents): Promise<OwnerLine | undefined> {
  return new Promise((resolve) => {
    const socket = connect({
      host: owner.host,
      port: owner.port,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    const late = setTimeout(() => socket.destroy(), GREETING_MS);
    let greeted = false;
    const line: OwnerLine = {
      epoch: owner.epoch,
      say: (message) => sendLine(socket, message),
      close: () => void socket.destroy(),
    };
    onLines(socket, (given) => {
      const message = given as FromOwner;
      if (message.type === 'granted') return events.granted(message.id, line);
      clearTimeout(late);
      greeted = true;
      resolve(line);
    });
    socket.once('close', () => {
      clearTimeout(late);
      if (greeted) events.lost();
      else resolve(undefined);
    });
  });
}
