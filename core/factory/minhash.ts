import { createRandom } from '../random.ts';
import { wordsOf } from './text.ts';

/** Bound once: a global is slow to look up in a sandboxed context, such as a workflow's or a test's. */
const { imul } = Math;

export interface MinHashOptions {
  /** Words of a shingle. */
  shingle: number;
  /** Hash functions: the estimate's standard error is at most 1 ÷ (2 √hashes). */
  hashes: number;
  /** Rows of a band of the index: two texts of similarity s meet in it with probability 1 − (1 − s^rows)^(hashes ÷ rows). */
  rows: number;
}

/**
 * Three words survive when none of them is edited: a copy with 20 % of its words changed at random keeps 0.8³ = 51 % of its
 * shingles, a Jaccard similarity of 0.34; evenly spread over the text such changes leave 40 % and 0.25. The estimate's standard
 * error is 0.03 there, and 128 bands of two rows miss such a pair once in 3,000 times.
 */
export const MINHASH: MinHashOptions = { shingle: 3, hashes: 256, rows: 2 };

/** The least hash of a text's shingles under each hash function; null for a text shorter than a shingle. */
export type Signature = Uint32Array;

/** Makes signatures. Two texts' share of equal entries estimates the Jaccard similarity of their sets of shingles. */
export function createSigner({ shingle, hashes }: MinHashOptions = MINHASH): (text: string) => Signature | null {
  const random = createRandom(20_260_217);
  const multipliers = Uint32Array.from({ length: hashes }, () => random.next() | 1);
  const summands = Uint32Array.from({ length: hashes }, () => random.next());
  return (text) => {
    const shingles = shinglesOf(wordsOf(text), shingle);
    if (shingles.length === 0) return null;
    const signature = new Uint32Array(hashes);
    for (let index = 0; index < hashes; index += 1) {
      const [multiplier, summand] = [multipliers[index] ?? 1, summands[index] ?? 0];
      let least = 0x7fffffff;
      // The hot loop: whole numbers with a sign, and no iterator, are several times as fast.
      for (let at = 0; at < shingles.length; at += 1) {
        // Shingles are mixed already: a linear permutation of 32 bits orders them anew.
        const hashed = (imul(shingles[at] ?? 0, multiplier) + summand) | 0;
        if (hashed < least) least = hashed;
      }
      signature[index] = least;
    }
    return signature;
  };
}

/** The estimated Jaccard similarity of two texts. */
export function similarity(a: Signature, b: Signature): number {
  let equal = 0;
  for (let index = 0; index < a.length; index += 1) if (a[index] === b[index]) equal += 1;
  return equal / a.length;
}

/** An index of signatures that finds the similar ones without looking at all of them. */
export function createIndex<Name>({ rows }: MinHashOptions = MINHASH) {
  const entries: { name: Name; signature: Signature }[] = [];
  const buckets = new Map<number, Map<number, number[]>>();

  function add(name: Name, signature: Signature): void {
    eachBand(signature, rows, (band, key) => {
      const here = buckets.get(band) ?? new Map<number, number[]>();
      buckets.set(band, here);
      const bucket = here.get(key);
      if (bucket) bucket.push(entries.length);
      else here.set(key, [entries.length]);
    });
    entries.push({ name, signature });
  }

  /** What is at least this similar, the most similar first. */
  function query(signature: Signature, threshold: number): { name: Name; similarity: number }[] {
    const candidates = new Set<number>();
    eachBand(signature, rows, (band, key) => {
      for (const entry of buckets.get(band)?.get(key) ?? []) candidates.add(entry);
    });
    return [...candidates]
      .flatMap((index) => {
        const entry = entries[index];
        return entry ? [{ name: entry.name, similarity: similarity(signature, entry.signature) }] : [];
      })
      .filter((found) => found.similarity >= threshold)
      .toSorted((a, b) => b.similarity - a.similarity);
  }

  return { add, query };
}

function eachBand(signature: Signature, rows: number, visit: (band: number, key: number) => void): void {
  for (let band = 0; band * rows + rows <= signature.length; band += 1) {
    let key = band;
    for (let row = 0; row < rows; row += 1) key = mix(imul(key, 31) + (signature[band * rows + row] ?? 0));
    visit(band, key);
  }
}

/** The hashes of a text's shingles, each once. */
function shinglesOf(words: readonly string[], length: number): Int32Array {
  const hashed = words.map(hashWord);
  const shingles = new Set<number>();
  for (let start = 0; start + length <= hashed.length; start += 1) {
    let hash = 0;
    for (let offset = 0; offset < length; offset += 1) hash = mix(imul(hash, 31) + (hashed[start + offset] ?? 0));
    shingles.add(hash);
  }
  return Int32Array.from(shingles);
}

/** FNV-1a over UTF-16 units. */
function hashWord(word: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < word.length; index += 1) hash = imul(hash ^ word.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** Spreads every bit over all others (the end of MurmurHash3). */
function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
