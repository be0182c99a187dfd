import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { serverVersion } from './temporal-version.ts';

/**
 * Lets `make` write a temporal binary into an empty folder beside the target, tries it, and renames it: one that broke off half-way is
 * never used. `make` resolves with the binary's path.
 */
export async function placeBinary(target: string, make: (folder: string) => Promise<string>): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  const aside = mkdtempSync(join(dirname(target), 'aside-'));
  try {
    const binary = await make(aside);
    chmodSync(binary, 0o755);
    if (!(await serverVersion(binary))) throw new Error('what came is no working temporal binary');
    renameSync(binary, target);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
