import { rm } from 'node:fs/promises';
import type { Artifact } from '../core/record.ts';
import type { Sandbox } from './sandboxes/sandbox.ts';
import { scratchName } from './scratch.ts';
import type { Store } from './store.ts';

/** Stores a sandbox's workspace under a key; where that fails, nothing is left of it. */
export async function keepSnapshot(
  { store, scratch }: { store: Store; scratch: string },
  sandbox: Sandbox,
  key: string,
): Promise<Artifact> {
  const file = await scratchName(scratch, '.tar');
  try {
    await sandbox.snapshot(file);
    return await store.adopt(key, file);
  } finally {
    await rm(file, { force: true });
  }
}
