import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { factoryKeys } from '../../core/factory/keys.ts';
import type { Store } from '../store.ts';

export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/**
 * Waits until it is this process's turn to ask a server. Time is cut into slots as long as the server's pace; who creates a slot's
 * file first may ask in it, so that all processes on a store keep the pace together.
 */
export function createPace(store: Store, clock: Clock) {
  return async (host: string, every: number, signal?: AbortSignal): Promise<void> => {
    if (every <= 0) return;
    const folder = store.path(`${factoryKeys.answers}/pace/${host.replace(/[^\w.-]/g, '_')}`);
    await mkdir(folder, { recursive: true });
    for (let slot = Math.ceil(clock.now() / every); ; slot += 1) {
      signal?.throwIfAborted();
      if (!(await claim(join(folder, String(slot))))) continue;
      await forget(folder, slot - 10);
      const wait = slot * every - clock.now();
      if (wait > 0) await clock.sleep(wait);
      return;
    }
  };
}

async function claim(file: string): Promise<boolean> {
  try {
    await (await open(file, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Slots that are long over. */
async function forget(folder: string, before: number): Promise<void> {
  for (const name of await readdir(folder)) if (Number(name) < before) await rm(join(folder, name), { force: true });
}
