import type { DeviceSet } from './sandbox.ts';

/** The accelerators of a machine: each with the name that CUDA_VISIBLE_DEVICES takes and its device file. */
export interface Devices {
  devices: { id: string; path: string }[];
  /** Device files that every program with an accelerator needs besides its own. */
  shared: string[];
}

/** Hands out devices of one worker process, to one holder each. */
export interface DeviceAllocator {
  readonly total: number;
  /**
   * Waits for `count` devices, first come, first served: who asks for many is not overtaken by who asks for few. Rejects with
   * the signal's reason when aborted, and with RangeError when the machine never has so many.
   */
  acquire(count: number, signal?: AbortSignal): Promise<DeviceSet>;
  /** Gives a set back. Throws when it is not held. */
  release(set: DeviceSet): void;
}

interface Waiting {
  count: number;
  give: (set: DeviceSet) => void;
}

export function createDeviceAllocator({ devices, shared }: Devices): DeviceAllocator {
  const free = [...devices];
  const held = new Set<DeviceSet>();
  const queue: Waiting[] = [];

  function serve(): void {
    while (queue[0] && queue[0].count <= free.length) {
      const { count, give } = queue.shift()!;
      const taken = free.splice(0, count);
      const set = {
        ids: taken.map(({ id }) => id),
        paths: count === 0 ? [] : [...taken.map(({ path }) => path), ...shared],
      };
      held.add(set);
      give(set);
    }
  }

  async function acquire(count: number, signal?: AbortSignal): Promise<DeviceSet> {
    signal?.throwIfAborted();
    if (!Number.isInteger(count) || count < 0 || count > devices.length) {
      throw new RangeError(`${count} devices were asked for, and this machine has ${devices.length}`);
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { count, give: resolve };
      const leave = (): void => {
        const place = queue.indexOf(waiting);
        if (place < 0) return;
        queue.splice(place, 1);
        reject(signal?.reason as Error);
        serve(); // who waited behind it may be content with less
      };
      waiting.give = (set) => {
        signal?.removeEventListener('abort', leave);
        resolve(set);
      };
      signal?.addEventListener('abort', leave, { once: true });
      queue.push(waiting);
      serve();
    });
  }

  function release(set: DeviceSet): void {
    if (!held.delete(set)) throw new Error(`the devices [${set.ids.join(', ')}] are not held`);
    free.push(...devices.filter(({ id }) => set.ids.includes(id)));
    serve();
  }

  return { total: devices.length, acquire, release };
}
