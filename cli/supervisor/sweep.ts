import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { homePaths } from '../../config/home.ts';
import { isAlive, isSameProcess } from '../bootstrap/process-mark.cjs';
import { runProgram } from '../bootstrap/run-program.cjs';
import { SUPERVISOR_VARIABLE } from './process-spec.ts';

/**
 * Removes pid files that a killed supervisor left, and ends those of its processes that are still on their way out. What another
 * supervisor keeps, and a pid that belongs to something else by now, is left alone.
 */
export async function sweepHome(home: string, graceMs: number): Promise<void> {
  const { pids } = homePaths(home);
  const files = readFolder(pids).filter((name) => name.endsWith('.pid'));
  await Promise.all(files.map((name) => sweep(join(pids, name), home, graceMs)));
}

/** The first numbers of a pool that no living process of this home has. */
export async function freeNumbers(home: string, pool: string, count: number): Promise<number[]> {
  const { pids } = homePaths(home);
  const taken = new Set<string>();
  for (const name of readFolder(pids)) if ((await stateOf(join(pids, name), home)) === 'kept') taken.add(name);
  const numbers: number[] = [];
  for (let number = 0; numbers.length < count; number++) if (!taken.has(`${pool}.${number}.pid`)) numbers.push(number);
  return numbers;
}

async function sweep(file: string, home: string, graceMs: number): Promise<void> {
  const state = await stateOf(file, home);
  if (state === 'kept') return;
  if (state === 'orphaned') await end(pidIn(file), graceMs);
  rmSync(file, { force: true });
}

const pidIn = (file: string): number => Number.parseInt(readFileSync(file, 'utf8'), 10);

/** What a pid file names: a process that a living supervisor keeps, one whose supervisor has died, or none of this home. */
async function stateOf(file: string, home: string): Promise<'kept' | 'orphaned' | 'none'> {
  const pid = pidIn(file);
  if (!isAlive(pid)) return 'none';
  const variables = await environmentOf(pid);
  if (!variables.includes(`LONGHAUL_HOME=${home}`)) return 'none';
  const supervisor = variables.find((text) => text.startsWith(`${SUPERVISOR_VARIABLE}=`)) ?? '';
  return isSameProcess(supervisor.slice(SUPERVISOR_VARIABLE.length + 1)) ? 'kept' : 'orphaned';
}

async function end(pid: number, graceMs: number): Promise<void> {
  signal(pid, 'SIGTERM');
  for (const deadline = Date.now() + graceMs; isAlive(pid) && Date.now() < deadline;) await delay(50);
  if (isAlive(pid)) signal(pid, 'SIGKILL');
  while (isAlive(pid)) await delay(20);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function environmentOf(pid: number): Promise<string[]> {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // No /proc (macOS), or a process of somebody else.
    const listing = await runProgram(['ps', 'eww', '-o', 'command=', '-p', String(pid)]).catch(() => '');
    return listing.trim().split(' ');
  }
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
