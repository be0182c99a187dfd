import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Disconnected } from './answers.ts';
import { type Connection, connectTo } from './connection.ts';
import { SandboxLost } from './errors.ts';
import { withTimeout } from './time-limit.ts';

/** What listens at a sandbox: a supervisor that answers, and says the highest epoch that it has seen, none, or one that holds it and says nothing. */
export type Reached =
  { state: 'answers'; connection: Connection; epoch: number } | { state: 'none' } | { state: 'silent' };

/** Connects to a sandbox's supervisor and hears whether it answers; one that has not after `patienceMs` is silent. */
export async function reach(folder: string, patienceMs: number): Promise<Reached> {
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      const connection = await connectTo(folder);
      return connection ? await heard(connection, until - Date.now()) : { state: 'none' };
    } catch (error) {
      // More wait to be taken notice of than it lets wait.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      if (Date.now() > until) return { state: 'silent' };
      await pause(50);
    }
  }
}

async function heard(connection: Connection, ms: number): Promise<Reached> {
  try {
    const answer = (await withTimeout(connection.ask({ op: 'ping' }), ms, 'ping')) as { epoch?: number } | null;
    return { state: 'answers', connection, epoch: answer?.epoch ?? -1 };
  } catch (error) {
    connection.end();
    if (error instanceof Disconnected) return { state: 'none' }; // it ended between accepting and answering
    if (error instanceof SandboxLost) return { state: 'silent' };
    throw error;
  }
}

/** The process that holds a sandbox, as its lock file names it: by number and start. */
export async function holderOf(folder: string): Promise<string> {
  const lock = await readFile(join(folder, 'lock'), 'utf8').catch(() => ''); // nobody has opened it yet
  return (lock.split('\n')[0] ?? '').trim();
}
