import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The right to write a rollout's turn log and to publish its result. Each attempt takes the next epoch; the highest epoch
 * holds the lease. Temporal's attempt number cannot be the fence: it starts again at 1 after an activity or workflow reset.
 */
export interface Lease {
  epoch: number;
  /** How many leases in a row, this one included, began at the same place in the turn log. */
  fruitless: number;
  /** Says that this attempt got nowhere for no fault of its own, so that it does not count. */
  excuse(why: string): Promise<void>;
  /** Throws `LeaseLost` when a later attempt has taken over. */
  assertHeld(): Promise<void>;
}

/** A later attempt of the same rollout holds the lease; whatever this one would publish is dropped. */
export class LeaseLost extends Error {
  override name = 'LeaseLost';
}

/** Takes the lease of the rollout whose folder is given; `place` says how far the turn log goes, to tell idle attempts. */
export async function takeLease(rolloutFolder: string, place: string): Promise<Lease> {
  const folder = join(rolloutFolder, 'leases');
  await mkdir(folder, { recursive: true });
  const epoch = await createNext(folder, place);
  return {
    epoch,
    fruitless: await countFruitless(folder, { epoch, place }),
    excuse: (why) => writeFile(join(folder, String(epoch)), `${place}, excused: ${why}`),
    async assertHeld() {
      const newest = Math.max(...(await epochs(folder)));
      if (newest !== epoch) throw new LeaseLost(`lease ${epoch} was taken over by ${newest}`);
    },
  };
}

async function createNext(folder: string, place: string): Promise<number> {
  for (;;) {
    const epoch = 1 + Math.max(0, ...(await epochs(folder)));
    try {
      await writeFile(join(folder, String(epoch)), place, { flag: 'wx' });
      return epoch;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

async function countFruitless(folder: string, lease: { epoch: number; place: string }): Promise<number> {
  let count = 1;
  for (let epoch = lease.epoch - 1; epoch > 0; epoch -= 1) {
    if ((await readFile(join(folder, String(epoch)), 'utf8')) !== lease.place) break;
    count += 1;
  }
  return count;
}

const epochs = async (folder: string): Promise<number[]> => (await readdir(folder)).map(Number);
