import { copyFile, link, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { appendJournal, JOURNAL, readJournal } from './journal.ts';

const PARTIAL = '.partial';

/** A folder beside the dataset for one attempt at it. */
export async function newAside(output: string): Promise<string> {
  await mkdir(dirname(output), { recursive: true });
  return mkdtemp(`${output}${PARTIAL}-`);
}

/** Where attempts at a dataset are under way, or were. */
export async function asidesOf(output: string): Promise<string[]> {
  const prefix = `${basename(output)}${PARTIAL}`;
  const names = (await readdir(dirname(output))).filter((name) => name === prefix || name.startsWith(`${prefix}-`));
  return names.toSorted().map((name) => join(dirname(output), name));
}

/** Whoever is still at work in one of them finds the dataset published. */
export async function clearAsides(output: string): Promise<void> {
  for (const folder of await asidesOf(output)) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Takes over the finished shards of the attempt at this build that got farthest. They are linked: what that attempt is at stays
 * as it is, for it may be alive.
 */
export async function goOnFrom(others: readonly string[], own: { folder: string; build: string }): Promise<void> {
  const journals = others.map((folder) => ({ folder, shards: readJournal(join(folder, JOURNAL), own.build) }));
  const [farthest] = journals.toSorted((a, b) => b.shards.length - a.shards.length);
  for (const shard of farthest?.shards ?? []) {
    const [from, to] = [join(farthest?.folder ?? '', shard.file.path), join(own.folder, shard.file.path)];
    // Not every file system has links; one that has been published meanwhile, or cleared away, has other names.
    const isTaken = await link(from, to)
      .catch(() => copyFile(from, to))
      .then(() => true)
      .catch(() => false);
    if (!isTaken) return;
    appendJournal(join(own.folder, JOURNAL), shard);
  }
}
