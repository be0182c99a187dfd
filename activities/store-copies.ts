import { constants, cp, link, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { scratchName } from './scratch.ts';

/** Copies a file or a folder; nothing where there is none, or where the copy is there already. */
export const copyTo = (tmp: string, from: string, to: string): Promise<void> =>
  appear(tmp, { from, to }, (aside) => cp(from, aside, { recursive: true, mode: constants.COPYFILE_FICLONE }));

/** The same for what is never changed in place: it takes no further room where the file system has links. */
export const linkTo = (tmp: string, from: string, to: string): Promise<void> =>
  appear(tmp, { from, to }, async (aside) => {
    if (!(await stat(from)).isDirectory()) return linkOrCopy(from, aside);
    await mkdir(aside);
    for (const name of await readdir(from)) await linkOrCopy(join(from, name), join(aside, name));
  });

export async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch {
    // A folder, or a file system without links.
    await cp(source, target, { recursive: true });
  }
}

/** Gives a file that was written aside its name, unless another has it by then. */
export async function nameUnlessTaken(aside: string, to: string): Promise<void> {
  try {
    await link(aside, to);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') return rename(aside, to); // a file system without links
  }
  await rm(aside, { force: true });
}

/** Whole or not at all; of two that do the same at a time one comes second, and leaves what the other made. */
async function appear(
  tmp: string,
  { from, to }: { from: string; to: string },
  make: (aside: string) => Promise<void>,
): Promise<void> {
  if (!(await isThere(from)) || (await isThere(to))) return;
  await mkdir(dirname(to), { recursive: true });
  const aside = await scratchName(tmp);
  try {
    await make(aside);
    await rename(aside, to);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    if (!TAKEN.has(codeOf(error) ?? '')) throw error;
  }
}

/** What a folder's rename says where there is one of that name. */
const TAKEN = new Set(['ENOTEMPTY', 'EEXIST']);

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
