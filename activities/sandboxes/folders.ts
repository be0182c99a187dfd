import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MACHINE } from '../scratch.ts';
import { reach } from './reach.ts';
import type { DeviceSet, SandboxInfo } from './sandbox.ts';

const PING_MS = 2000;

/**
 * Where a machine's sandboxes live; made if missing, closed to other users. Its real path, so that folders of a name are the same.
 * Machines that share a home have a folder each: a sandbox's processes, locks and sockets mean something on its own machine only.
 */
export async function sandboxesFolder(home: string, machine = MACHINE): Promise<string> {
  const folder = join(home, 'sandboxes', machine);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return realpath(folder);
}

/** Whether a folder below `sandboxes` is a machine's. */
export const isMachine = (name: string): boolean => /^[0-9a-f]{12}$/.test(name);

/** The folder of a sandbox: short, whatever its id, and below it everything that the sandbox has. */
export function folderOf(sandboxes: string, id: string): string {
  return join(sandboxes, createHash('sha256').update(id).digest('hex').slice(0, 20));
}

/** What lies in the folder, alive or not. Folders that are being made or removed are left out. */
export async function listSandboxes(sandboxes: string): Promise<SandboxInfo[]> {
  const infos = await Promise.all((await foldersIn(sandboxes)).map(describeSandbox));
  return infos.filter((info) => info !== null);
}

/** Those of its sandboxes, but what is being removed. */
export async function foldersIn(sandboxes: string): Promise<string[]> {
  const names = (await readdir(sandboxes)).filter((name) => /^[0-9a-f]{20}$/.test(name));
  return names.map((name) => join(sandboxes, name));
}

/** What a supervisor writes of its sandbox whenever it opens it; of one before there were devices in it none are known. */
interface Meta extends Pick<SandboxInfo, 'id' | 'labels'> {
  devices?: DeviceSet | null;
}

export async function readMeta(folder: string): Promise<Meta> {
  return JSON.parse(await readFile(join(folder, 'meta.json'), 'utf8')) as Meta;
}

/** Whether removals are under way or were cut short by the death of who removed. */
export async function hasCutShort(sandboxes: string): Promise<boolean> {
  return (await readdir(sandboxes)).some((name) => name.startsWith('.gone-'));
}

/** What a sandbox's folder says of it; null where it is being made or removed. */
export async function describeSandbox(folder: string): Promise<SandboxInfo | null> {
  try {
    const { id, labels } = await readMeta(folder);
    const used = await stat(join(folder, 'journal')); // written at every call
    return { id, labels, alive: await answers(folder), lastUsed: used.mtimeMs / 1000 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** One that listens and does not answer, or has just ended, is not alive for anyone. */
async function answers(folder: string): Promise<boolean> {
  const reached = await reach(folder, PING_MS);
  if (reached.state !== 'answers') return false;
  reached.connection.end();
  return true;
}
