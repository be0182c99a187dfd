import { setTimeout as pause } from 'node:timers/promises';
import { Busy } from './answers.ts';
import type { Connection } from './connection.ts';
import { SandboxLost } from './errors.ts';
import type { Launcher } from './launcher.ts';
import { holderOf, reach } from './reach.ts';
import type { Found, SandboxSpec } from './sandbox.ts';

/** What every sandbox of a provider shares: how it is started, and `bwrap` null for a plain process. */
export interface Setting {
  sandboxes: string;
  launcher: Launcher;
  bwrap: string | null;
  /** How long a supervisor may say nothing before it is taken to hang and ended. */
  patienceMs: number;
}

const START_MS = 30_000;
const END_MS = 30_000;

export interface Attached {
  connection: Connection;
  epoch: number;
  found: Found;
}

/**
 * Connects to a sandbox's supervisor, and starts one where none listens. One that hangs is ended first, which costs what it ran and
 * nothing that it has finished. Throws SandboxLost with the supervisor's words.
 */
export async function attach(setting: Setting, folder: string, spec: SandboxSpec): Promise<Attached> {
  const free = freeing(setting);
  let started: Found | null = null;
  for (;;) {
    const holder = await holderOf(folder);
    const reached = await reach(folder, setting.patienceMs);
    if (reached.state === 'answers') {
      const { connection, epoch } = reached;
      return { connection, epoch, found: started ?? 'attached' };
    }
    if (reached.state === 'silent') await free.of(holder, new SandboxLost('its supervisor does not answer'));
    try {
      started = await start(setting, folder, spec);
    } catch (error) {
      if (!(error instanceof Busy)) throw error;
      // Whoever holds it is opening it or ending, or has come to a standstill while it was.
      if (free.isLate()) await free.of(holder, new SandboxLost(error.message, { cause: error }));
      await pause(10);
    }
  }
}

/** The one holder that an attempt to attach may end; with a second one the attempt fails. */
function freeing({ launcher, patienceMs }: Setting) {
  let until = Date.now() + patienceMs;
  let ended = false;
  return {
    isLate: (): boolean => Date.now() > until,
    async of(holder: string, why: SandboxLost): Promise<void> {
      if (ended) throw why;
      ended = true;
      await end(launcher, holder);
      until = Date.now() + patienceMs;
    },
  };
}

/** Ends a supervisor, and with it what runs in its sandbox. */
export async function end(launcher: Launcher, holder: string): Promise<void> {
  await launcher.ask({ op: 'end', holder }, END_MS);
}

async function start(setting: Setting, folder: string, spec: SandboxSpec): Promise<Found> {
  const kind = setting.bwrap ? { bwrap: setting.bwrap } : {};
  const answer = await setting.launcher.ask({ op: 'open', folder, spec, kind }, START_MS);
  return (answer as { found: Found }).found;
}
