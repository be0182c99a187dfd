import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

/** Where the owner of the limits answers. */
export interface Owner {
  epoch: number;
  host: string;
  port: number;
}

/** The newest owner that the folder knows. Each has a file of its own, named by its epoch; an owner is never written over. */
export async function newestOwner(folder: string): Promise<Owner | undefined> {
  await mkdir(folder, { recursive: true });
  const epochs = (await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number);
  if (epochs.length === 0) return undefined;
  const epoch = Math.max(...epochs);
  const address = JSON.parse(await readFile(join(folder, String(epoch)), 'utf8')) as Omit<Owner, 'epoch'>;
  await Promise.all(
    epochs.filter((old) => old < epoch - 1).map((old) => rm(join(folder, String(old)), { force: true })),
  );
  return { epoch, ...address };
}

/** Becomes the owner after `epoch`; false where somebody else was faster. The file appears whole: it is linked into place. */
export async function claimOwnership(folder: string, { epoch, host, port }: Owner): Promise<boolean> {
  const aside = join(folder, `${randomUUID()}.tmp`);
  await writeFile(aside, JSON.stringify({ host, port }));
  try {
    await link(aside, join(folder, String(epoch)));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}
