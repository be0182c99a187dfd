import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../../../core/random.ts';
import { createIndex, createSigner, similarity } from '../../../core/factory/minhash.ts';

const random = createRandom(7);
const words = (count: number): string[] => Array.from({ length: count }, () => `w${random.below(5000)}`);
const sign = (text: string | string[]) => {
  const signature = createSigner()(Array.isArray(text) ? text.join(' ') : text);
  if (!signature) throw new Error('no signature');
  return signature;
};

describe('signatures', () => {
  test('are the same for the same words, whatever case, punctuation and line ends', () => {
    expect(sign('One, two: THREE-\nfold four.')).toEqual(sign('one two threefold (four)'));
  });

  test('estimate the share of shingles that two texts have in common', () => {
    const shared = words(2000);
    const half = similarity(sign([...shared, ...words(2000)]), sign([...shared, ...words(2000)]));
    // 2,000 of 6,000 shingles are shared; the estimate's standard error is √(1/3 · 2/3 / 256) = 0.03.
    expect(Math.abs(half - 1 / 3)).toBeLessThan(3 * 0.03);
    expect(similarity(sign(words(3000)), sign(words(3000)))).toBeLessThan(0.05);
  });

  test('are none for a text shorter than a shingle', () => {
    expect(createSigner()('two words')).toBeNull();
  });
});

describe('an index', () => {
  test('finds a copy with every fifth word changed, and nothing else', () => {
    const index = createIndex<string>();
    const text = words(1500);
    index.add('copied', sign(text));
    for (let other = 0; other < 50; other += 1) index.add(`other ${other}`, sign(words(1500)));
    const copy = text.map((word, place) => (place % 5 === 0 ? `changed${place}` : word));
    expect(index.query(sign(copy), 0.15).map(({ name }) => name)).toEqual(['copied']);
  });

  test('leaves out what is less similar than asked for', () => {
    const index = createIndex<string>();
    const text = words(1500);
    index.add('half', sign([...text.slice(0, 750), ...words(750)]));
    expect(index.query(sign(text), 0.2)).toHaveLength(1);
    expect(index.query(sign(text), 0.6)).toEqual([]);
  });
});
