import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { markOf } from '../bootstrap/process-mark.cjs';
import { SUPERVISOR_VARIABLE, type ProcessSpec } from './process-spec.ts';

/** `cat` reads a pipe that only the parent holds open: its end is the parent's end. `$$` is the program, which keeps the shell's pid. */
const LIFELINE = '(cat <&3 >/dev/null; kill -TERM $$ 2>/dev/null) & exec "$@" 3<&-';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Starts a process in a group of its own, so that a Ctrl-C at the terminal reaches the supervisor alone; its output is appended to the log. */
export function launch(spec: ProcessSpec, logFile: string): { child: ChildProcess; ended: Promise<Ended> } {
  const log = openSync(logFile, 'a');
  try {
    const [program = '', ...args] =
      spec.parent === 'ipc' ? spec.command : ['/bin/sh', '-c', LIFELINE, 'sh', ...spec.command];
    const child = spawn(program, args, {
      stdio: ['ignore', log, log, spec.parent === 'ipc' ? 'ipc' : 'pipe'],
      env: { ...spec.environment, [SUPERVISOR_VARIABLE]: markOf(process.pid) },
      detached: true,
    });
    return { child, ended: endOf(child) };
  } finally {
    closeSync(log);
  }
}

function endOf(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    // A program that cannot be started at all never exits.
    child.once('error', () => child.pid ?? resolve({ code: 127, signal: null }));
    child.once('exit', (code, signal) => {
      for (const stream of child.stdio) stream?.destroy();
      resolve({ code, signal });
    });
  });
}

/** Asks a process to end, waits, and kills its group where it does not. */
export async function stop({ child, ended }: ReturnType<typeof launch>, graceMs: number): Promise<Ended> {
  child.kill('SIGTERM');
  const late = setTimeout(() => killGroup(child.pid), graceMs);
  try {
    return await ended;
  } finally {
    clearTimeout(late);
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
