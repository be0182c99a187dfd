import { mkdirSync, statfsSync } from 'node:fs';
import { UserError } from './user-error.ts';

/** Megabytes that this user may still write where the folder lies. */
export function freeMb(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return Math.floor((bavail * bsize) / 1e6);
}

/** Throws a sentence where the disk is about to be full; creates the folder. */
export function refuseFullDisk(folder: string, leastMb: number): void {
  mkdirSync(folder, { recursive: true });
  const free = freeMb(folder);
  if (free >= leastMb) return;
  throw new UserError(
    `the disk of ${folder} has ${free} MB free, and ${leastMb} MB are the least (LONGHAUL_MIN_FREE_MB): free some space`,
  );
}
