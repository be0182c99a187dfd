import { Disconnected } from './answers.ts';
import { attach, type Setting } from './attach.ts';
import type { Connection } from './connection.ts';
import { SandboxLost } from './errors.ts';
import { attachWithDevices, holds } from './holdings.ts';
import { DESTROY_MS } from './launcher.ts';
import type { Found, SandboxSpec } from './sandbox.ts';
import { withTimeout } from './time-limit.ts';

/** A way to a sandbox that outlives its supervisor: through a dead one to the next on the same workspace. */
export interface Line {
  readonly found: Found;
  /** The highest epoch that the sandbox had seen when it was opened. */
  readonly seenEpoch: number;
  /**
   * Asks, and asks the next supervisor when this one dies: a call that was begun is answered from its journal. Throws
   * SandboxLost when none answers within `ms` or the workspace is gone.
   */
  ask(request: Record<string, unknown>, ms: number): Promise<unknown>;
  /** Asks this supervisor only; null when it has ended. */
  askThis(request: Record<string, unknown>, ms: number): Promise<unknown>;
  hangUp(): void;
}

const ATTEMPTS = 3;

export async function openLine(setting: Setting, folder: string, spec: SandboxSpec): Promise<Line> {
  const first = await attachWithDevices(setting, folder, spec);
  let connection: Connection = first.connection;
  let reopening: Promise<void> | null = null;
  let over = false;

  async function reopen(): Promise<void> {
    const again = await attach(setting, folder, spec);
    if (again.found === 'new') {
      again.connection.end();
      await setting.launcher.ask({ op: 'destroy', folder }, DESTROY_MS);
      throw new SandboxLost(`the sandbox ${spec.id} was destroyed by another: its workspace is gone`);
    }
    if (again.found === 'attached' && !(await holds(folder, spec))) {
      again.connection.end();
      throw new SandboxLost(`the sandbox ${spec.id} was opened anew by another, with other devices`);
    }
    connection = again.connection;
  }

  async function askOnce(request: Record<string, unknown>, ms: number): Promise<unknown> {
    if (over) throw new SandboxLost(`the sandbox ${spec.id} was detached or closed here`);
    if (connection.closed) {
      reopening ??= reopen().finally(() => {
        reopening = null;
      });
      await reopening;
    }
    return withTimeout(connection.ask(request), ms, String(request['op']));
  }

  async function ask(request: Record<string, unknown>, ms: number): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await askOnce(request, ms);
      } catch (error) {
        if (!(error instanceof Disconnected)) throw error;
        if (over || attempt === ATTEMPTS) throw new SandboxLost(error.message, { cause: error });
      }
    }
  }

  return {
    found: first.found,
    seenEpoch: first.epoch,
    ask,
    askThis: async (request, ms) => (connection.closed ? null : withTimeout(connection.ask(request), ms, 'supervisor')),
    hangUp() {
      over = true;
      connection.end();
    },
  };
}
