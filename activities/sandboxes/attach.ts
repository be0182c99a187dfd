import { setTimeout as pause } from 'node:timers/promises';
import { Busy } from './answers.ts';
import { type Connection, connectTo } from './connection.ts';
import { SandboxLost } from './errors.ts';
import type { Launcher } from './launcher.ts';
import type { Found, SandboxSpec } from './sandbox.ts';
import { withTimeout } from './time-limit.ts';

/** What every sandbox of a provider shares: how it is started, and `bwrap` null for a plain process. */
export interface Setting {
  sandboxes: string;
  launcher: Launcher;
  bwrap: string | null;
}

const START_MS = 30_000;
const BUSY_MS = 15_000;
const PING_MS = 10_000;

/** Connects to a sandbox's supervisor, and starts one where none listens. Throws SandboxLost with the supervisor's words. */
export async function attach(
  setting: Setting,
  folder: string,
  spec: SandboxSpec,
): Promise<{ connection: Connection; found: Found }> {
  const until = Date.now() + BUSY_MS;
  let started: Found | null = null;
  for (;;) {
    const connection = await connectTo(folder);
    if (connection && (await pings(connection))) return { connection, found: started ?? 'attached' };
    try {
      started = await start(setting, folder, spec);
    } catch (error) {
      if (!(error instanceof Busy) || Date.now() > until) throw asLost(error);
      await pause(10); // whoever holds its lock is opening it or ending
    }
  }
}

async function start(setting: Setting, folder: string, spec: SandboxSpec): Promise<Found> {
  const kind = setting.bwrap ? { bwrap: setting.bwrap } : {};
  const answer = await setting.launcher.ask({ op: 'open', folder, spec, kind }, START_MS);
  return (answer as { found: Found }).found;
}

/** False when it ended between accepting and answering; one that hangs is an error. */
async function pings(connection: Connection): Promise<boolean> {
  try {
    await withTimeout(connection.ask({ op: 'ping' }), PING_MS, 'open');
    return true;
  } catch (error) {
    connection.end();
    if (error instanceof SandboxLost) throw error;
    return false;
  }
}

function asLost(error: unknown): unknown {
  return error instanceof Busy ? new SandboxLost(error.message, { cause: error }) : error;
}
