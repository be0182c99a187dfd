import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { selectSuites, type Selection } from '../../core/task-selection.ts';

const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];

describe('suites of task folders', () => {
  test('are what is named, and the rest is what the other one leaves', () => {
    const suites = selectSuites(IDS, { train: 'rest', heldout: ['c', 'a'], seed: 0 });
    expect(suites.heldout).toEqual(['c', 'a']);
    expect(suites.train.toSorted()).toEqual(['b', 'd', 'e', 'f']);
  });

  test('share no task, whatever is asked for', () => {
    const selection = fc.oneof(fc.constant<Selection>('rest'), fc.nat(3), fc.subarray(['a', 'b']));
    const other = fc.oneof(fc.nat(3), fc.subarray(['c', 'd']));
    fc.assert(
      fc.property(selection, other, fc.nat(), (train, heldout, seed) => {
        const suites = selectSuites(IDS, { train, heldout, seed });
        const all = [...suites.train, ...suites.heldout];
        expect(new Set(all).size).toBe(all.length);
        expect(all.length).toBeGreaterThanOrEqual(train === 'rest' ? IDS.length : 0);
      }),
    );
  });

  test('hold out the same papers however many are trained on, and in whichever order they were found', () => {
    const few = selectSuites(IDS, { train: 1, heldout: 2, seed: 7 });
    const many = selectSuites(IDS.toReversed(), { train: 4, heldout: 2, seed: 7 });
    expect(many.heldout).toEqual(few.heldout);
    expect(many.train.slice(0, 1)).toEqual(few.train);
  });

  test.each<{ what: string; train: Selection; heldout: Selection; says: string }>([
    { what: 'a name that there is not', train: ['x'], heldout: [], says: 'there is no task "x"; there is a, b, c' },
    { what: 'a name in both', train: ['a'], heldout: ['a'], says: 'the task "a" is named twice' },
    { what: 'more than there are', train: 5, heldout: 2, says: 'train asks for 5 tasks, and 4 are left' },
  ])('refuse $what', ({ train, heldout, says }) => {
    expect(() => selectSuites(IDS, { train, heldout, seed: 0 })).toThrow(says);
  });
});
