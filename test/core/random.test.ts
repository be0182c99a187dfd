import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createRandom, deriveSeed } from '../../core/random.ts';

describe('a seeded generator', () => {
  test('draws these very numbers on every machine', () => {
    const random = createRandom(7);
    expect([random.next(), random.next(), random.next()]).toEqual(KNOWN.seven);
    expect(deriveSeed('micropaper', 0, 'train', 3)).toBe(KNOWN.derived);
  });

  test('repeats itself for the same seed and not for another', () => {
    const draw = (seed: number) => Array.from({ length: 8 }, createRandom(seed).next);
    fc.assert(fc.property(fc.nat(), (seed) => expect(draw(seed)).toEqual(draw(seed))));
    fc.assert(fc.property(fc.nat(), (seed) => expect(draw(seed)).not.toEqual(draw(seed + 1))));
  });

  test('draws below a limit, each number as often as the others', () => {
    const random = createRandom(1);
    const counts = [0, 0, 0, 0, 0];
    for (let draw = 0; draw < 50_000; draw += 1) {
      const drawn = random.below(5);
      counts[drawn] = (counts[drawn] ?? NaN) + 1;
    }
    // 10,000 expected; 5 standard deviations are 450.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(450);
  });

  test('refuses to draw below nothing', () => {
    for (const limit of [0, -1, 1.5, 2 ** 33]) expect(() => createRandom(1).below(limit)).toThrow('cannot draw below');
    expect(() => createRandom(1).pick([])).toThrow('cannot pick from nothing');
  });

  test('is true with the probability that was asked for, never at 0, always at 1', () => {
    const random = createRandom(2);
    const hits = Array.from({ length: 20_000 }, () => random.chance(0.35)).filter(Boolean).length;
    expect(Math.abs(hits - 7000)).toBeLessThan(340);
    expect(Array.from({ length: 1000 }, () => random.chance(0)).includes(true)).toBe(false);
    expect(Array.from({ length: 1000 }, () => random.chance(1)).includes(false)).toBe(false);
  });

  test('shuffles without losing or changing anything', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.nat(), (items, seed) => {
        const before = [...items];
        expect(createRandom(seed).shuffle(items).sort(byValue)).toEqual([...items].sort(byValue));
        expect(items).toEqual(before);
      }),
    );
  });
});

describe('a derived seed', () => {
  test('is a whole number that JSON keeps', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.integer())), (parts) => {
        expect(Number.isSafeInteger(deriveSeed(...parts))).toBe(true);
      }),
    );
  });

  test('tells parts apart from their concatenation, and numbers from their digits', () => {
    expect(deriveSeed('a', 'b')).not.toBe(deriveSeed('ab'));
    expect(deriveSeed('a|string:1:b')).not.toBe(deriveSeed('a', 'b'));
    expect(deriveSeed(1)).not.toBe(deriveSeed('1'));
  });

  test('does not collide for ten thousand rollouts', () => {
    const seeds = Array.from({ length: 10_000 }, (_, member) => deriveSeed(0, `run.distill.0.train-0001.${member}`));
    expect(new Set(seeds).size).toBe(10_000);
  });
});

const byValue = (one: number, other: number) => one - other;

// By an independent implementation in another language.
const KNOWN = { seven: [2_004_826_112, 1_373_080_676, 2_127_746_335], derived: 7_280_597_087_252_848 };
