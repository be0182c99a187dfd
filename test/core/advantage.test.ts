import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { advantagesOf, baselineOf, BASELINES, isFlat, type GroupMember } from '../../core/advantage.ts';

const scored = (rollout: string, score: number, windows: number): GroupMember => ({
  rollout,
  outcome: 'scored',
  score,
  windows,
});
const failed: GroupMember = { rollout: 'f', outcome: 'infra-failed', score: null, windows: 9 };
const cancelled: GroupMember = { rollout: 'c', outcome: 'cancelled', score: null, windows: 5 };

// Long rollouts score better here: the two means differ.
const group = [scored('a', 0.8, 6), scored('b', 0.5, 3), scored('c', 0.2, 1)];

test('the window baseline is the mean over all windows of all rollouts of the group', () => {
  // (6 · 0.8 + 3 · 0.5 + 1 · 0.2) / (6 + 3 + 1) = (4.8 + 1.5 + 0.2) / 10 = 0.65
  expect(baselineOf(group, 'window')).toBeCloseTo(0.65, 12);
  expect(rounded(advantagesOf(group, 'window'))).toEqual({ a: 0.15, b: -0.15, c: -0.45 });
});

test('the rollout baseline is the mean over rollouts, however many windows each has', () => {
  // (0.8 + 0.5 + 0.2) / 3 = 0.5
  expect(baselineOf(group, 'rollout')).toBeCloseTo(0.5, 12);
  expect(rounded(advantagesOf(group, 'rollout'))).toEqual({ a: 0.3, b: 0, c: -0.3 });
});

test('advantages are not divided by the standard deviation: half the spread of scores is half the advantage', () => {
  const narrow = group.map((member) => ({ ...member, score: 0.5 + ((member.score ?? 0) - 0.5) / 2 }));
  expect(rounded(advantagesOf(narrow, 'rollout'))).toEqual({ a: 0.15, b: 0, c: -0.15 });
});

test('an infra-failed or cancelled rollout is no zero: it gets no advantage and does not lower the baseline', () => {
  for (const baseline of BASELINES) {
    expect(advantagesOf([failed, ...group, cancelled], baseline)).toEqual(advantagesOf(group, baseline));
  }
});

test('a score of 0 is a score like any other', () => {
  // (1 · 0.6 + 2 · 0) / 3 = 0.2 over windows, (0.6 + 0) / 2 = 0.3 over rollouts
  const pair = [scored('a', 0.6, 1), scored('b', 0, 2)];
  expect(rounded(advantagesOf(pair, 'window'))).toEqual({ a: 0.4, b: -0.2 });
  expect(rounded(advantagesOf(pair, 'rollout'))).toEqual({ a: 0.3, b: -0.3 });
});

test('a scored rollout without windows counts among rollouts and not among windows', () => {
  const pair = [scored('a', 0.6, 2), scored('b', 0, 0)];
  expect(baselineOf(pair, 'window')).toBe(0.6);
  expect(baselineOf(pair, 'rollout')).toBe(0.3);
});

test('a group whose scores are all equal is flat, and its advantages are exactly 0', () => {
  // The floating-point mean of three times 0.1 is 0.10000000000000002.
  const equal = ['a', 'b', 'c'].map((rollout) => scored(rollout, 0.1, 1));
  expect(isFlat([...equal, failed])).toBe(true);
  for (const baseline of BASELINES) {
    expect(advantagesOf(equal, baseline).map(({ advantage }) => advantage)).toEqual([0, 0, 0]);
  }
});

test('a group with two different scores is not flat, however close they are', () => {
  expect(isFlat([scored('a', 0.1, 1), scored('b', 0.1 + 1e-9, 1)])).toBe(false);
});

test('a failed rollout beside equal scores does not make a group tell anything apart', () => {
  expect(isFlat([scored('a', 0.4, 1), failed])).toBe(true);
});

test('a group in which nothing was scored is flat and has neither baseline nor advantages', () => {
  for (const none of [[], [failed, cancelled]]) {
    expect(isFlat(none)).toBe(true);
    expect(baselineOf(none, 'rollout')).toBeNull();
    expect(advantagesOf(none, 'window')).toEqual([]);
  }
});

test.each([
  ['no score', { ...scored('a', 0, 1), score: null }, 'a is scored, but its score is null'],
  ['a score that is no number', scored('a', Number.NaN, 1), 'a is scored, but its score is NaN'],
  ['half a window', scored('a', 0.5, 1.5), 'a has 1.5 windows'],
  ['fewer windows than none', scored('a', 0.5, -1), 'a has -1 windows'],
])('a scored rollout with %s is refused', (_, member, sentence) => {
  expect(() => advantagesOf([member], 'rollout')).toThrow(sentence);
});

const member = fc.record({
  outcome: fc.constantFrom('scored' as const, 'scored' as const, 'infra-failed' as const, 'cancelled' as const),
  score: fc.double({ min: 0, max: 1, noNaN: true }),
  windows: fc.integer({ min: 1, max: 60 }),
});
const anyGroup = fc.array(member, { maxLength: 16 }).map((members) =>
  members.map(({ outcome, score, windows }, index): GroupMember => ({
    rollout: `r${index}`,
    outcome,
    score: outcome === 'scored' ? score : null,
    windows,
  })),
);

test('law: with the window baseline the advantages of all windows sum to 0', () => {
  fc.assert(
    fc.property(anyGroup, (members) => {
      const windows = new Map(members.map(({ rollout, windows: count }) => [rollout, count]));
      const sum = advantagesOf(members, 'window').reduce(
        (total, { rollout, advantage }) => total + advantage * (windows.get(rollout) ?? Number.NaN),
        0,
      );
      expect(sum).toBeCloseTo(0, 9);
    }),
  );
});

test('law: with the rollout baseline the advantages of all rollouts sum to 0', () => {
  fc.assert(
    fc.property(anyGroup, (members) => {
      const sum = advantagesOf(members, 'rollout').reduce((total, { advantage }) => total + advantage, 0);
      expect(sum).toBeCloseTo(0, 9);
    }),
  );
});

test('law: a judge that is kinder to all by the same amount changes no advantage', () => {
  fc.assert(
    fc.property(
      anyGroup,
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.constantFrom(...BASELINES),
      (members, shift, baseline) => {
        const shifted = members.map((one) => ({ ...one, score: one.score === null ? null : one.score + shift }));
        const before = advantagesOf(members, baseline);
        const after = advantagesOf(shifted, baseline);
        expect(after.map(({ rollout }) => rollout)).toEqual(before.map(({ rollout }) => rollout));
        after.forEach(({ advantage }, index) => {
          expect(advantage).toBeCloseTo(before[index]?.advantage ?? Number.NaN, 9);
        });
      },
    ),
  );
});

test('law: what was not scored changes nothing, wherever it stands', () => {
  fc.assert(
    fc.property(anyGroup, fc.constantFrom(...BASELINES), (members, baseline) => {
      const onlyScored = members.filter(({ outcome }) => outcome === 'scored');
      expect(advantagesOf(members, baseline)).toEqual(advantagesOf(onlyScored, baseline));
      expect(isFlat(members)).toBe(isFlat(onlyScored));
    }),
  );
});

test('law: with as many windows in every rollout both baselines are the same', () => {
  fc.assert(
    fc.property(anyGroup, fc.integer({ min: 1, max: 60 }), (members, windows) => {
      const alike = members.map((one) => ({ ...one, windows }));
      const [one, other] = BASELINES.map((baseline) => baselineOf(alike, baseline) ?? 0);
      expect(one).toBeCloseTo(other ?? Number.NaN, 9);
    }),
  );
});

const rounded = (advantages: readonly { rollout: string; advantage: number }[]): Record<string, number> =>
  Object.fromEntries(advantages.map(({ rollout, advantage }) => [rollout, Math.round(advantage * 1e9) / 1e9]));
