import { decontaminationSettings } from '../core/factory/decontamination.ts';
import { createIndex, createSigner } from '../core/factory/minhash.ts';
import { createRandom, type Random } from '../core/random.ts';
import { atLeast, atMost, type Figure } from './figure.ts';

const DOCUMENTS = 10_000;
/** Of the documents are near-copies of one of as many that are kept out. */
const COPIES = 1000;
const WORDS = 1500;
const EDITED = 0.2;
const BOUNDS = { recall: 0.99, falseHits: 0.001, seconds: 60 };

/**
 * 10,000 generated documents against 1,000 that must be kept out, by MinHash as decontamination uses it. A tenth of them are
 * near-copies with a fifth of their words changed at random: replaced, left out or moved in.
 */
export async function decontamination(): Promise<Figure[]> {
  const random = createRandom(8);
  const vocabulary = createVocabulary(random);
  const kept = Array.from({ length: COPIES }, () => vocabulary.text(WORDS));
  const copies = kept.map((text) => edited(text, vocabulary, random));
  const others = Array.from({ length: DOCUMENTS - COPIES }, () => vocabulary.text(WORDS).join(' '));
  const before = process.cpuUsage();
  const sign = createSigner();
  const index = createIndex<number>();
  kept.forEach((text, at) => index.add(at, signed(sign, text.join(' '))));
  const threshold = decontaminationSettings.parse({}).textSimilarity;
  const hits = (text: string): number[] => index.query(signed(sign, text), threshold).map(({ name }) => name);
  let [found, wrong] = [0, 0];
  copies.forEach((copy, at) => {
    const names = hits(copy);
    if (names.includes(at)) found += 1;
    if (names.some((name) => name !== at)) wrong += 1;
  });
  for (const text of others) if (hits(text).length > 0) wrong += 1;
  const { user, system } = process.cpuUsage(before);
  const detail = { documents: DOCUMENTS, copies: COPIES, words: WORDS, edited: EDITED, threshold };
  return [
    { ...atLeast('decontamination: near-copies found', found / COPIES, BOUNDS.recall), unit: 'of the copies', detail },
    {
      ...atMost('decontamination: false hits', wrong / DOCUMENTS, BOUNDS.falseHits),
      unit: 'of the documents',
      detail: { wrong },
    },
    { ...atMost('decontamination: time', (user + system) / 1e6, BOUNDS.seconds), unit: 'CPU-seconds', detail: {} },
  ];
}

function signed(sign: ReturnType<typeof createSigner>, text: string): Uint32Array {
  const signature = sign(text);
  if (!signature) throw new Error('a document has fewer words than a shingle');
  return signature;
}

interface Vocabulary {
  word(): string;
  text(length: number): string[];
}

/** Words that follow Zipf's law, as in a language: unrelated texts share their frequent phrases. */
function createVocabulary(random: Random): Vocabulary {
  const sums: number[] = [];
  for (let rank = 1; rank <= 20_000; rank += 1) sums.push((sums.at(-1) ?? 0) + 1 / rank);
  const last = sums.at(-1) ?? 1;
  const word = (): string => {
    const drawn = (random.next() / 2 ** 32) * last;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < drawn) low = middle + 1;
      else high = middle;
    }
    return `w${low}`;
  };
  return { word, text: (length) => Array.from({ length }, word) };
}

/** A fifth of the words changed: half of them replaced, a quarter left out, and before a quarter a new one put in. */
function edited(text: readonly string[], { word }: Vocabulary, random: Random): string {
  return text
    .flatMap((one) => {
      if (!random.chance(EDITED)) return [one];
      const kind = random.below(4);
      return kind < 2 ? [word()] : kind === 2 ? [] : [word(), one];
    })
    .join(' ');
}
