import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { splitTurns, trainingWindows, windowBefore, WindowError, type Window } from '../../core/windows.ts';
import { windowsConfig } from '../../core/windows-config.ts';

const EXAMPLE = windowsConfig.parse({ maxTokens: 100, overlap: 20, reserve: 20 });
const TURNS = [20, 20, 20, 15, 10];

const RUNS = { numRuns: 3000 };

/** Limits, a prefix that leaves room and turns that fit the reserve. */
const trajectory = fc
  .record({ reserve: fc.integer({ min: 4, max: 60 }), overlap: fc.integer({ min: 0, max: 80 }) })
  .chain(({ reserve, overlap }) =>
    fc.record({
      reserve: fc.constant(reserve),
      overlap: fc.constant(overlap),
      prefix: fc.integer({ min: 0, max: 120 }),
      slack: fc.integer({ min: 0, max: 150 }),
      turns: fc.array(fc.integer({ min: 1, max: reserve }), { maxLength: 80 }),
    }),
  )
  .map(({ slack, ...rest }) => ({
    ...rest,
    maxTokens: rest.prefix + Math.max(rest.overlap, 0) + rest.reserve + slack,
  }));

/** As above, with windows so small that the overlap may not fit. */
const tight = trajectory.map((drawn) => ({ ...drawn, maxTokens: Math.max(drawn.maxTokens - drawn.overlap, 16) }));

const range = ({ from, to }: { from: number; to: number }) => Array.from({ length: to - from }, (_, i) => from + i);
const trained = ({ trainedFrom, to }: Window) => range({ from: trainedFrom, to });

// The worked example of the design

test('window 1 is turns 1 to 3; turn 3 is carried over into window 2, where turns 4 and 5 are trained', () => {
  // before turn 3: 40 + 40 + 20 = 100 fits; before turn 4: 40 + 60 + 20 = 120 does not
  expect(trainingWindows(40, TURNS, EXAMPLE)).toEqual([
    { index: 0, from: 0, to: 3, trainedFrom: 0, prefix: 40, tokens: 100 },
    { index: 1, from: 2, to: 5, trainedFrom: 3, prefix: 40, tokens: 85 },
  ]);
});

test('the formula of the paper trains the carried-over turn again', () => {
  const windows = trainingWindows(40, TURNS, { ...EXAMPLE, overlapLoss: 'both' });
  expect(windows.map(trained)).toEqual([
    [0, 1, 2],
    [2, 3, 4],
  ]);
});

test('the baseline keeps the first maxTokens tokens only', () => {
  const config = { ...EXAMPLE, mode: 'truncated' as const };
  const cut = { index: 0, from: 0, to: 3, trainedFrom: 0, prefix: 40, tokens: 100 };
  expect(trainingWindows(40, TURNS, config)).toEqual([cut]);
  expect(trainingWindows(50, TURNS, config)).toEqual([{ ...cut, prefix: 50 }]);
  expect(trainingWindows(40, [20], config)).toEqual([{ ...cut, to: 1, tokens: 60 }]);
});

test('a turn that is one token too long for the overlap is not carried over', () => {
  expect(trainingWindows(40, TURNS, { ...EXAMPLE, overlap: 19 })[1]).toMatchObject({ from: 3, to: 5, tokens: 65 });
});

// What cannot fit is an error with the numbers

test('a turn longer than the reserve', () => {
  const message = 'turn 3 holds 21 tokens, more than the reserve of 20';
  expect(() => splitTurns(40, [20, 20, 21], EXAMPLE)).toThrow(new WindowError('turn', message));
  expect(() => splitTurns(40, [20, 20, 20], EXAMPLE)).not.toThrow();
});

test('a prefix that leaves no room for the reserve', () => {
  const message = 'the prefix holds 81 tokens; with a reserve of 20 it does not fit into 100';
  expect(() => windowBefore(81, [], EXAMPLE)).toThrow(new WindowError('prefix', message));
  expect(() => windowBefore(80, [], EXAMPLE)).not.toThrow();
});

test('a configuration whose overlap and reserve leave nothing', () => {
  expect(windowsConfig.safeParse({ maxTokens: 100, overlap: 81, reserve: 20 }).success).toBe(false);
  expect(windowsConfig.safeParse({ maxTokens: 100, overlap: 80, reserve: 20 }).success).toBe(true);
});

// Laws of random trajectories

test('every turn is trained exactly once, in order', () => {
  fc.assert(
    fc.property(tight, ({ prefix, turns, ...limits }) => {
      const config = { ...limits, overlapLoss: 'once' as const, mode: 'windows' as const };
      expect(trainingWindows(prefix, turns, config).flatMap(trained)).toEqual([...turns.keys()]);
    }),
    RUNS,
  );
});

test('no window exceeds maxTokens, and its tokens are those of the prefix and its turns', () => {
  fc.assert(
    fc.property(tight, ({ prefix, turns, ...limits }) => {
      for (const window of splitTurns(prefix, turns, limits)) {
        const sum = range(window).reduce((total, turn) => total + (turns[turn] as number), prefix);
        expect(window.tokens).toBe(sum);
        expect(sum).toBeLessThanOrEqual(limits.maxTokens);
      }
    }),
    RUNS,
  );
});

test('what is carried over is the longest run of last turns that holds at most the overlap', () => {
  fc.assert(
    fc.property(trajectory, ({ prefix, turns, ...limits }) => {
      for (const { from, trainedFrom } of splitTurns(prefix, turns, limits).slice(1)) {
        const tokens = (start: number) => turns.slice(start, trainedFrom).reduce((sum, turn) => sum + turn, 0);
        expect(tokens(from)).toBeLessThanOrEqual(limits.overlap);
        expect(from === 0 || tokens(from - 1) > limits.overlap).toBe(true);
      }
    }),
    RUNS,
  );
});

test('a window ends only where a turn of the size of the reserve would not fit', () => {
  fc.assert(
    fc.property(tight, ({ prefix, turns, ...limits }) => {
      const windows = splitTurns(prefix, turns, limits);
      for (const window of windows.slice(0, -1)) {
        expect(window.tokens + limits.reserve).toBeGreaterThan(limits.maxTokens);
      }
    }),
    RUNS,
  );
});

test('it is causal: the window before a turn follows from earlier turns alone, and is the one it is trained in', () => {
  fc.assert(
    fc.property(tight, ({ prefix, turns, ...limits }) => {
      const windows = splitTurns(prefix, turns, limits);
      for (const turn of turns.keys()) {
        const before = windowBefore(prefix, turns.slice(0, turn), limits);
        const home = windows.find((window) => trained(window).includes(turn)) as Window;
        expect({ index: before.index, from: before.from, to: before.to }).toEqual({
          index: home.index,
          from: home.from,
          to: turn,
        });
      }
    }),
    { numRuns: 1000 },
  );
});
