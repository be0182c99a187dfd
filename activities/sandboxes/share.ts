import type { Holding } from './sandbox.ts';

export interface Device {
  id: string;
  path: string;
}

/** What somebody waits for. */
export interface Wish {
  count: number;
  /** Whose devices they are to be. */
  sandbox?: string | undefined;
}

export interface Stock {
  /** Of the machine. */
  all: readonly Device[];
  /** Held by nobody here. */
  free: readonly Device[];
  /** Of sandboxes that live. */
  holdings: readonly Holding[];
}

/**
 * Who of those in line is served next, and with what. First come, first served, and what a living sandbox has is its own: whoever
 * comes back to it waits for nothing else and holds nobody up, since no other could have it.
 */
export function nextServed<W extends Wish>(
  line: readonly W[],
  stock: Stock,
): { wish: W; devices: Device[] } | undefined {
  let isHeldUp = false;
  for (const wish of line) {
    const own = ownOf(wish, stock);
    const given =
      own ??
      stock.free.filter(
        (device) => !stock.holdings.some((of) => of.sandbox !== wish.sandbox && has(of, device, stock)),
      );
    if (own ? isSubset(own, stock.free) : !isHeldUp && given.length >= wish.count) {
      return { wish, devices: given.slice(0, wish.count) };
    }
    isHeldUp ||= own === undefined;
  }
  return undefined;
}

/** The living sandboxes for whose sake devices stay free that somebody wishes for. */
export function keepers(wish: Wish, stock: Stock): string[] {
  if (ownOf(wish, stock)) return [];
  const others = stock.holdings.filter(({ sandbox }) => sandbox !== wish.sandbox);
  return others.filter((of) => stock.free.some((device) => has(of, device, stock))).map(({ sandbox }) => sandbox);
}

/** What a living sandbox has, where it is what is wished for and all of it is still there. */
function ownOf({ count, sandbox }: Wish, { all, holdings }: Stock): Device[] | undefined {
  const own = holdings.find((holding) => sandbox !== undefined && holding.sandbox === sandbox)?.devices;
  if (own?.ids.length !== count) return undefined;
  const found = own.ids.map((id, n) => all.find((device) => device.id === id && device.path === own.paths[n]));
  return found.every((device) => device !== undefined) ? found : undefined;
}

/** By its file: it may have had another name when it was given out, but for one that is another device of the same file. */
const has = ({ devices: { ids, paths } }: Holding, { id, path }: Device, { all }: Stock): boolean =>
  ids.some(
    (name, n) => paths[n] === path && (name === id || !all.some((other) => other.id === name && other.path === path)),
  );

const isSubset = (some: readonly Device[], of: readonly Device[]): boolean =>
  some.every((device) => of.includes(device));
