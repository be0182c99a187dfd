import { fork, type ChildProcess } from 'node:child_process';
import { extname, join } from 'node:path';

export interface DatasetHooks {
  signal?: AbortSignal;
  onProgress?: (progress: { trajectories: number; rows: number }) => void;
}

export type ChildMessage =
  | { type: 'progress'; trajectories: number; rows: number }
  | { type: 'failed'; name: string; message: string }
  | { type: 'done' };

/** What lets the child run where this file was not compiled, as in tests. */
const UNCOMPILED = join(__dirname, '..', '..', 'tools', 'typescript.cjs');

/** Starting a process takes longer than building the batch of a small step: one that has built waits so long for the next. */
const IDLE_MS = 60_000;
let idle: { child: ChildProcess; timer: NodeJS.Timeout } | undefined;

/** Builds what the job's file says in a process of its own; aborted, that process is killed. */
export async function buildApart(job: string, hooks: DatasetHooks): Promise<void> {
  hooks.signal?.throwIfAborted();
  const child = takeIdle() ?? start();
  await build(child, job, hooks);
  keep(child);
}

function start(): ChildProcess {
  const extension = extname(__filename);
  const execArgv = extension === '.ts' ? ['--require', UNCOMPILED] : [];
  return fork(join(__dirname, `child${extension}`), [], { execArgv });
}

function build(child: ChildProcess, job: string, { signal, onProgress }: DatasetHooks): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    const abort = (): void => {
      failure = Object.assign(new Error('the build was aborted', { cause: signal?.reason }), { name: 'AbortError' });
      child.kill('SIGKILL');
    };
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (end: () => void): void => {
      signal?.removeEventListener('abort', abort);
      child.removeAllListeners();
      end();
    };
    child.on('message', (message: ChildMessage) => {
      if (message.type === 'progress') onProgress?.(message);
      else if (message.type === 'done') settle(resolve);
      else failure ??= Object.assign(new Error(message.message), { name: message.name });
    });
    child.on('error', (error) => {
      failure ??= error;
      if (child.pid === undefined) settle(() => reject(error));
    });
    child.on('exit', (code, killed) =>
      settle(() => reject(failure ?? new Error(`building the dataset ended with ${killed ?? `exit code ${code}`}`))),
    );
    child.send({ job });
  });
}

function takeIdle(): ChildProcess | undefined {
  if (!idle) return undefined;
  const { child, timer } = idle;
  idle = undefined;
  clearTimeout(timer);
  child.removeAllListeners();
  if (!child.connected) return undefined;
  child.ref();
  child.channel?.ref();
  return child;
}

/** It keeps nobody alive, and ends when its channel does. */
function keep(child: ChildProcess): void {
  if (idle || !child.connected) {
    if (child.connected) child.disconnect();
    return;
  }
  const timer = setTimeout(() => takeIdle()?.disconnect(), IDLE_MS);
  timer.unref();
  child.unref();
  child.channel?.unref();
  child.on('error', () => undefined);
  child.once('exit', () => {
    if (idle?.child === child) takeIdle();
  });
  idle = { child, timer };
}
