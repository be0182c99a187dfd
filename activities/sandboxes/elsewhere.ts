import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { closes } from './closes.ts';
import { describeSandbox, isMachine } from './folders.ts';
import { DESTROY_MS, type Launcher } from './launcher.ts';
import type { SandboxInfo } from './sandbox.ts';

/**
 * What other machines have over the same home. Each looks after its own sandboxes; here their processes mean nothing, and may be
 * others. Only what no supervisor holds any more, so that nothing runs in it, can be removed from anywhere.
 */
export async function listAbandoned(launcher: Launcher, own: string): Promise<SandboxInfo[]> {
  if ((await othersOf(own)).length === 0) return [];
  const request = { op: 'abandoned', folder: dirname(own), own: basename(own) };
  const names = (await launcher.ask(request, DESTROY_MS)) as string[];
  const infos = await Promise.all(names.map((name) => describeSandbox(join(dirname(own), name))));
  return infos.filter((info) => info !== null);
}

/** Removes the sandboxes of one name; one that a supervisor holds which cannot be asked from here is left to its machine. */
export async function removeElsewhere(launcher: Launcher, own: string, name: string): Promise<void> {
  for (const other of await othersOf(own)) {
    const folder = join(dirname(own), other, name);
    if (!existsSync(folder) || (await closes(folder))) continue;
    await launcher.ask({ op: 'discard', folder }, DESTROY_MS);
  }
}

const othersOf = async (own: string): Promise<string[]> =>
  (await readdir(dirname(own))).filter((name) => isMachine(name) && name !== basename(own));
