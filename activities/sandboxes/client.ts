import { rename, rm } from 'node:fs/promises';
import { Disconnected } from './answers.ts';
import type { Setting } from './attach.ts';
import { SandboxLost } from './errors.ts';
import { DESTROY_MS } from './launcher.ts';
import { openLine } from './line.ts';
import type { ExecRequest, ExecResult, Found, Sandbox, SandboxSpec } from './sandbox.ts';

// Beyond a call's own time-out: a supervisor that has not answered by then hangs.
const SLACK_MS = 30_000;
const ARCHIVE_MS = 660_000;

/** Opens a sandbox, or attaches to it where it lives or its workspace does. */
export async function openSandbox(
  setting: Setting,
  folder: string,
  spec: SandboxSpec,
): Promise<{ sandbox: Sandbox; found: Found }> {
  const line = await openLine(setting, folder, spec);
  let closed = false;

  async function exec(request: ExecRequest, signal?: AbortSignal): Promise<ExecResult> {
    signal?.throwIfAborted();
    const cancel = (): void => {
      // The call's own answer tells that its tree is gone; a supervisor that has died is asked for that answer too.
      void line.askThis({ op: 'cancel', callId: request.callId }, SLACK_MS).catch(() => undefined);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const result = await line.ask({ op: 'exec', ...request }, request.timeoutSeconds * 1000 + SLACK_MS);
      signal?.throwIfAborted();
      return understood(result);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  async function snapshot(file: string): Promise<void> {
    const unfinished = `${file}.unfinished`;
    try {
      await line.ask({ op: 'snapshot', file: unfinished }, ARCHIVE_MS);
      await rename(unfinished, file);
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  async function restore(file: string, epoch: number): Promise<void> {
    await line.ask({ op: 'restore', file, epoch }, ARCHIVE_MS);
  }

  async function detach(): Promise<void> {
    line.hangUp();
  }

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    const answer = await line.askThis({ op: 'close' }, SLACK_MS).catch(noneIfLost);
    line.hangUp();
    if (!answer) await setting.launcher.ask({ op: 'destroy', folder }, DESTROY_MS); // it does not answer: from outside
  }

  const { found, seenEpoch } = line;
  return { sandbox: { id: spec.id, seenEpoch, exec, snapshot, restore, detach, close }, found };
}

function noneIfLost(error: unknown): null {
  if (error instanceof Disconnected || error instanceof SandboxLost) return null;
  throw error;
}

const ENDS = new Set(['exit', 'timeout', 'budget', 'killed', 'interrupted']);

/** A result that is none must not become an observation, and for a judge not a zero. */
function understood(result: unknown): ExecResult {
  const { exitCode, output, ended, seconds, slept } = (result ?? {}) as Partial<ExecResult>;
  const isResult =
    (exitCode === null || Number.isInteger(exitCode)) &&
    typeof output === 'string' &&
    ENDS.has(ended ?? '') &&
    typeof seconds === 'number' &&
    typeof slept === 'number';
  if (!isResult) throw new SandboxLost(`the supervisor answers nonsense: ${JSON.stringify(result).slice(0, 100)}`);
  return result as ExecResult;
}
