import type { DeviceSet, Holding } from './sandbox.ts';
import { createLooking } from './looking.ts';
import { keepers, nextServed, type Device, type Stock } from './share.ts';

/** The accelerators of a machine: each with the name that CUDA_VISIBLE_DEVICES takes and its device file. */
export interface Devices {
  devices: Device[];
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
  acquire(count: number, signal?: AbortSignal, options?: AcquireOptions): Promise<DeviceSet>;
  /** Gives a set back. Throws when it is not held. */
  release(set: DeviceSet): void;
}

export interface AcquireOptions {
  /** For whom they are: where it lives, with as many, it is given those that it has. */
  sandbox?: string;
  /** Told now and then of the sandboxes that keep what is free, none where all is held here. Throws to give up. */
  onWait?(kept: string[]): void;
}

interface AllocatorOptions {
  /**
   * Who lives on the machine, whoever opened it. What a sandbox has that nobody here holds, since the worker is gone that did, or its
   * rollout was let go, is kept for whoever comes back to it.
   */
  holdings?(): Promise<Holding[]>;
  /** How often who lives is looked at again while somebody waits: that one ends by itself is not told. */
  lookMs?: number;
}

interface Waiting extends AcquireOptions {
  count: number;
  give(set: DeviceSet): void;
  fail(error: unknown): void;
}

const NONE = async (): Promise<Holding[]> => [];

export function createDeviceAllocator(
  all: Devices,
  { holdings = NONE, lookMs = 5000 }: AllocatorOptions = {},
): DeviceAllocator {
  const total = all.devices.length;
  const books = createBooks(all);
  const line: Waiting[] = [];

  /** Serves whom it can and tells the others why it cannot; whoever gives up may have held somebody up. */
  function deal(living: Holding[]): void {
    for (let next = nextServed(line, books.stock(living)); next; next = nextServed(line, books.stock(living))) {
      line.splice(line.indexOf(next.wish), 1);
      next.wish.give(books.hold(next.devices));
    }
    for (const waiting of line) {
      try {
        waiting.onWait?.(keepers(waiting, books.stock(living)));
      } catch (error) {
        line.splice(line.indexOf(waiting), 1);
        waiting.fail(error);
        return deal(living);
      }
    }
  }

  const serve = createLooking(lookMs, {
    isNeeded: () => line.length > 0,
    look: holdings,
    seen: deal,
    failed: (error) => line.splice(0).forEach(({ fail }) => fail(error)),
  });

  async function acquire(count: number, signal?: AbortSignal, options: AcquireOptions = {}): Promise<DeviceSet> {
    signal?.throwIfAborted();
    if (!Number.isInteger(count) || count < 0 || count > total) {
      throw new RangeError(`${count} devices were asked for, and this machine has ${total}`);
    }
    if (count === 0) return books.hold([]);
    return waitIn(line, { ...options, count, signal, changed: serve });
  }

  function release(set: DeviceSet): void {
    books.giveBack(set);
    serve({ anew: true });
  }

  return { total, acquire, release };
}

/** Who has what. */
function createBooks({ devices, shared }: Devices) {
  const held = new Set<DeviceSet>();
  return {
    stock(living: Holding[]): Stock {
      const taken = new Set([...held].flatMap(({ ids }) => ids));
      return { all: devices, free: devices.filter(({ id }) => !taken.has(id)), holdings: living };
    },
    hold(given: readonly Device[]): DeviceSet {
      const paths = given.length === 0 ? [] : [...given.map(({ path }) => path), ...shared];
      const set = { ids: given.map(({ id }) => id), paths };
      held.add(set);
      return set;
    },
    giveBack(set: DeviceSet): void {
      if (!held.delete(set)) throw new Error(`the devices [${set.ids.join(', ')}] are not held`);
    },
  };
}

/** Gets in line, and out of it when aborted; `changed` is called after both. */
async function waitIn(
  line: Waiting[],
  { signal, changed, ...wanted }: Omit<Waiting, 'give' | 'fail'> & { signal: AbortSignal | undefined; changed(): void },
): Promise<DeviceSet> {
  let leave = (): void => undefined;
  try {
    return await new Promise((give, fail) => {
      const waiting: Waiting = { ...wanted, give, fail };
      leave = () => {
        const place = line.indexOf(waiting);
        if (place < 0) return;
        line.splice(place, 1);
        fail(signal?.reason as Error);
        changed(); // who waited behind it may be content with less
      };
      signal?.addEventListener('abort', leave, { once: true });
      line.push(waiting);
      changed();
    });
  } finally {
    signal?.removeEventListener('abort', leave);
  }
}
