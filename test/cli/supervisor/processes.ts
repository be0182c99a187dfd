import { readFileSync } from 'node:fs';
import { isAlive } from '../../../cli/bootstrap/process-mark.cjs';
import type { ProcessSpec } from '../../../cli/supervisor/process-spec.ts';
import { eventually } from '../../support/eventually.ts';

/** A worker that runs until SIGTERM or the end of its parent. */
export const OBEDIENT = `
  const stop = () => process.exit(0);
  process.on('SIGTERM', stop); process.on('disconnect', stop);
  setInterval(() => undefined, 1000); console.log('runs');`;
/** One that does not hear SIGTERM. */
export const DEAF = "process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000); console.log('runs');";

export function nodeProcess(pool: string, script: string, more: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    pool,
    number: 0,
    command: [process.execPath, '-e', script],
    environment: process.env,
    parent: 'ipc',
    ...more,
  };
}

export const pidIn = (file: string): number => Number(read(file));

/** Waits until the process that a pid file names is another one than before. */
export async function otherThan(file: string, before: number): Promise<number> {
  await eventually(() => pidIn(file) > 0 && pidIn(file) !== before && isAlive(pidIn(file)));
  return pidIn(file);
}

export const logged = (file: string, text: string): Promise<void> => eventually(() => read(file).includes(text));
export const gone = (pid: number): Promise<void> => eventually(() => !isAlive(pid));

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
