/** A small seeded generator in 32-bit integer arithmetic only, so that every machine draws the same. */
export interface Random {
  /** A whole number from 0 to 2³² − 1. */
  next: () => number;
  /** A whole number from 0 to `limit` − 1, unbiased. */
  below: (limit: number) => number;
  /** True with probability `share`. */
  chance: (share: number) => boolean;
  /** One of the items; throws when there is none. */
  pick: <T>(items: readonly T[]) => T;
  /** The items in another order (Fisher–Yates). */
  shuffle: <T>(items: readonly T[]) => T[];
}

/** Bound once: a global is slow to look up in a sandboxed context, such as a workflow's or a test's. */
const { imul } = Math;

const TWO_32 = 4_294_967_296;

/** A generator (xoshiro128**) whose whole sequence follows from the seed. */
export function createRandom(seed: number): Random {
  const next = xoshiro(seed);
  const below = (limit: number): number => {
    if (!Number.isInteger(limit) || limit < 1 || limit > TWO_32) throw new Error(`cannot draw below ${limit}`);
    const fair = TWO_32 - (TWO_32 % limit);
    let drawn = next();
    while (drawn >= fair) drawn = next();
    return drawn % limit;
  };
  return {
    next,
    below,
    chance: (share) => next() < share * TWO_32,
    pick: (items) => {
      if (items.length === 0) throw new Error('cannot pick from nothing');
      return items[below(items.length)] as (typeof items)[number];
    },
    shuffle: (items) => {
      const mixed = [...items];
      for (let last = mixed.length - 1; last > 0; last -= 1) {
        const other = below(last + 1);
        [mixed[last], mixed[other]] = [mixed[other] as (typeof items)[number], mixed[last] as (typeof items)[number]];
      }
      return mixed;
    },
  };
}

/** A seed (0 to 2⁵³ − 1) from names and numbers; the same parts give the same seed, `('a', 'b')` another than `('ab')`. */
export function deriveSeed(...parts: (string | number)[]): number {
  const text = parts.map((part) => `${typeof part}:${String(part).length}:${part}`).join('|');
  return (murmur(text, 1) % 2_097_152) * TWO_32 + murmur(text, 2);
}

function xoshiro(seed: number): () => number {
  let [a, b, c, d] = [
    murmur(String(seed), 1),
    murmur(String(seed), 2),
    murmur(String(seed), 3),
    murmur(String(seed), 4),
  ];
  return () => {
    const result = imul(rotate(imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

/** MurmurHash3 (32 bits) over the UTF-16 code units of a text. */
function murmur(text: string, lane: number): number {
  let hash = imul(lane, 0x9e3779b9);
  for (let index = 0; index < text.length; index += 1) {
    const block = imul(rotate(imul(text.charCodeAt(index), 0xcc9e2d51), 15), 0x1b873593);
    hash = (imul(rotate(hash ^ block, 13), 5) + 0xe6546b64) | 0;
  }
  hash ^= text.length;
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
