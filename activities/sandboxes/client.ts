import { rename } from 'node:fs/promises';
import { Disconnected } from './answers.ts';
import { attach, type Setting } from './attach.ts';
import type { Connection } from './connection.ts';
import { SandboxLost } from './errors.ts';
import type { ExecRequest, ExecResult, Found, Sandbox, SandboxSpec } from './sandbox.ts';
import { withTimeout } from './time-limit.ts';

// Beyond a call's own time-out: a supervisor that has not answered by then hangs.
const SLACK_MS = 30_000;
const ARCHIVE_MS = 660_000;
const ATTEMPTS = 3;

/** Opens a sandbox and returns the client that follows it: through a dead supervisor to the next one on its workspace. */
export async function openSandbox(
  setting: Setting,
  folder: string,
  spec: SandboxSpec,
): Promise<{ sandbox: Sandbox; found: Found }> {
  const first = await attach(setting, folder, spec);
  let connection: Connection = first.connection;
  let reopening: Promise<void> | null = null;
  let over = false;

  async function reattach(): Promise<void> {
    reopening ??= attach(setting, folder, spec)
      .then((again) => {
        connection = again.connection;
      })
      .finally(() => {
        reopening = null;
      });
    return reopening;
  }

  /** Asks, and asks the next supervisor when this one dies: a call that was begun is answered from its journal. */
  async function ask(request: Record<string, unknown>, ms: number): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      if (over) throw new SandboxLost(`the sandbox ${spec.id} was detached or closed here`);
      try {
        if (connection.closed) await reattach();
        return await withTimeout(connection.ask(request), ms, String(request['op']));
      } catch (error) {
        if (!(error instanceof Disconnected)) throw error;
        if (attempt === ATTEMPTS) throw new SandboxLost(`the supervisor ended ${ATTEMPTS} times`, { cause: error });
      }
    }
  }

  async function exec(request: ExecRequest, signal?: AbortSignal): Promise<ExecResult> {
    signal?.throwIfAborted();
    const cancel = (): void => {
      void connection.ask({ op: 'cancel', callId: request.callId }).catch(() => undefined); // the call's own answer tells
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const result = await ask({ op: 'exec', ...request }, request.timeoutSeconds * 1000 + SLACK_MS);
      signal?.throwIfAborted();
      return result as ExecResult;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  async function close(): Promise<void> {
    if (over) return;
    try {
      await ask({ op: 'close' }, SLACK_MS);
    } finally {
      over = true;
      connection.end();
    }
  }

  const sandbox: Sandbox = {
    id: spec.id,
    exec,
    async snapshot(file) {
      const unfinished = `${file}.unfinished`;
      await ask({ op: 'snapshot', file: unfinished }, ARCHIVE_MS);
      await rename(unfinished, file);
    },
    async restore(file) {
      await ask({ op: 'restore', file }, ARCHIVE_MS);
    },
    async detach() {
      over = true;
      connection.end();
    },
    close,
  };
  return { sandbox, found: first.found };
}
