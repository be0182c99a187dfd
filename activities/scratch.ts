import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Longer than anything is in the making: of what a machine makes that cannot be looked at from here. */
const STALE_MS = 3_600_000;

/**
 * A new name for what is in the making. It says which process of which machine makes it, so that whoever comes next can tell what
 * a dead one has left from what a living one is at, on a folder that many of them share.
 */
export async function scratchName(folder: string, ending = ''): Promise<string> {
  await mkdir(folder, { recursive: true });
  return join(folder, `${OWNER}.${randomUUID()}${ending}`);
}

/** The same as an empty folder. */
export async function scratchFolder(folder: string): Promise<string> {
  const name = await scratchName(folder);
  await mkdir(name);
  return name;
}

/** Removes what nobody makes any more: its process has died, or it is of another machine and old. How many went. */
export async function sweepScratch(folder: string): Promise<number> {
  let swept = 0;
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    if (await isMade(name, path)) continue;
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    swept += 1;
  }
  return swept;
}

const OWNED = /^([0-9a-f]{12})-(\d+)-(\d*)\./;

async function isMade(name: string, path: string): Promise<boolean> {
  const [, machine, pid, start] = OWNED.exec(name) ?? [];
  if (machine === MACHINE) return isAlive(Number(pid), start ?? '');
  try {
    return Date.now() - (await stat(path)).mtimeMs < STALE_MS;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false; // it has just gone
    throw error;
  }
}

/** A later process with the same number began at another time. */
function isAlive(pid: number, start: string): boolean {
  if (start !== '') {
    const [state, began] = statOf(pid);
    return began === start && state !== 'Z';
  }
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The state of a process and the ticks after boot at which it began; empty where it is gone, or the system does not say. */
function statOf(pid: number): [state: string, began: string] {
  const text = look(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The program's name before it may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return [fields[0] ?? '', fields[19] ?? ''];
}

/** Where process numbers mean the same: one boot, and one container of it. */
export const MACHINE = createHash('sha256')
  .update(hostname())
  .update(look(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')))
  .update(look(() => readlinkSync('/proc/self/ns/pid')))
  .digest('hex')
  .slice(0, 12);

const OWNER = `${MACHINE}-${process.pid}-${statOf(process.pid)[1]}`;

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Where the system does not say, or the process has just ended, there is nothing to see. */
function look(at: () => string): string {
  try {
    return at();
  } catch {
    return '';
  }
}
