import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** How modules of the trainer are started: `file`, `args`, then the module and its own arguments. They end with this process. */
export interface TrainerPython {
  file: string;
  args: string[];
  environment: Record<string, string | undefined>;
}

export type PythonProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/** Starts a module. `devices` is what CUDA_VISIBLE_DEVICES says: none for the CPU. */
export function startPython(
  python: TrainerPython,
  { module, args = [], devices = [] }: { module: string; args?: string[]; devices?: readonly string[] },
): PythonProcess {
  const env = { ...python.environment, CUDA_VISIBLE_DEVICES: devices.join(',') };
  const child = spawn(python.file, [...python.args, module, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  // A write to a process that has just died is answered by its end, not by a crash of this one.
  child.stdin.on('error', () => undefined);
  return child;
}

/** Settles once the process is gone and all that it said was read: its exit code, or "try again" after a signal. */
export function ended(child: PythonProcess): Promise<{ code: number; how: string }> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: TRY_AGAIN, how: `could not be started: ${error.message}` }));
    child.once('close', (code, signal) =>
      resolve({ code: code ?? TRY_AGAIN, how: signal ? `was ended by ${signal}` : `ended with ${code}` }),
    );
  });
}

export const TRY_AGAIN = 75;

/** Asks politely, then insists; resolves once the process is gone. */
export async function endPython(child: PythonProcess, politeMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once('close', resolve));
  if (politeMs > 0) child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), politeMs);
  await gone;
  clearTimeout(insist);
}
