import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { reach } from './reach.ts';
import type { SandboxInfo } from './sandbox.ts';

const PING_MS = 2000;

/** Where sandboxes live; made if missing, closed to other users. Its real path, so that folders of a name are the same. */
export async function sandboxesFolder(home: string): Promise<string> {
  const folder = join(home, 'sandboxes');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return realpath(folder);
}

/** The folder of a sandbox: short, whatever its id, and below it everything that the sandbox has. */
export function folderOf(sandboxes: string, id: string): string {
  return join(sandboxes, createHash('sha256').update(id).digest('hex').slice(0, 20));
}

/** What lies in the folder, alive or not. Folders that are being made or removed are left out. */
export async function listSandboxes(sandboxes: string): Promise<SandboxInfo[]> {
  const names = (await readdir(sandboxes)).filter((name) => /^[0-9a-f]{20}$/.test(name));
  const infos = await Promise.all(names.map((name) => describe(join(sandboxes, name))));
  return infos.filter((info) => info !== null).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Whether removals are under way or were cut short by the death of who removed. */
export async function hasCutShort(sandboxes: string): Promise<boolean> {
  return (await readdir(sandboxes)).some((name) => name.startsWith('.gone-'));
}

async function describe(folder: string): Promise<SandboxInfo | null> {
  try {
    const meta = JSON.parse(await readFile(join(folder, 'meta.json'), 'utf8')) as Pick<SandboxInfo, 'id' | 'labels'>;
    const used = await stat(join(folder, 'journal')); // written at every call
    return { id: meta.id, labels: meta.labels, alive: await answers(folder), lastUsed: used.mtimeMs / 1000 };
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
