import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gapOf, letIn, newGate, noteEnded, noteWaiting, placesOf } from '../../core/admission.ts';
import { simulate } from './simulated-judge.ts';

test('rollouts that could begin at once begin evenly over the spread', () => {
  // 4 in flight over 60 s: one every 15 s.
  const [gate, gap] = [newGate(), gapOf(60, 4)];
  expect([0, 1, 2, 3].map(() => letIn(gate, 1_000, gap))).toEqual([0, 15_000, 30_000, 45_000]);
});

test('one that comes later than the gap does not wait, and one that comes too early waits for the rest of it', () => {
  const [gate, gap] = [newGate(), gapOf(60, 4)];
  expect(letIn(gate, 0, gap)).toBe(0);
  expect(letIn(gate, 20_000, gap)).toBe(0);
  expect(letIn(gate, 30_000, gap)).toBe(20_000 + 15_000 - 30_000);
});

test('without a spread nobody waits', () => {
  const gate = newGate();
  expect([5, 5, 5].map((now) => letIn(gate, now, 0))).toEqual([0, 0, 0]);
});

test('whenever rollouts come, they begin in their order, a gap apart, never before they came, and a wave within the spread', () => {
  const comings = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(comings, fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 3600 }), (times, most, spread) => {
      const [gate, gap] = [newGate(), gapOf(spread, most)];
      const ordered = times.toSorted((a, b) => a - b);
      const begins = ordered.map((now) => now + letIn(gate, now, gap));
      for (const [index, begin] of begins.entries()) {
        expect(begin).toBeGreaterThanOrEqual(Math.max(ordered[index]!, (begins[index - 1] ?? -Infinity) + gap - 1));
      }
      const wave = newGate();
      const last = Array.from({ length: most }, () => letIn(wave, 7, gap)).at(-1)!;
      expect(last).toBeLessThanOrEqual(spread * 1000);
    }),
  );
});

test('a stage that is carried on in a new execution lets in as if it had never been interrupted', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50_000 }), { minLength: 2 }), fc.nat(), (times, cut) => {
      const ordered = times.toSorted((a, b) => a - b);
      const whole = newGate();
      const expected = ordered.map((now) => letIn(whole, now, 700));
      let gate = newGate();
      const found = ordered.map((now, index) => {
        if (index === cut % ordered.length) gate = JSON.parse(JSON.stringify(gate)) as typeof gate;
        return letIn(gate, now, 700);
      });
      expect(found).toEqual(expected);
    }),
  );
});

test('a stage lets in as many as it may while the judge keeps up, and nobody while too many wait for one that has not graded yet', () => {
  const gate = newGate();
  noteWaiting(gate, { rollout: 'a', after: 5000 });
  noteWaiting(gate, { rollout: 'b', after: 5000 });
  noteWaiting(gate, { rollout: 'b', after: 9000 });
  expect(gate.waiting).toEqual(['a', 'b']);
  expect(placesOf(gate, { concurrency: 64, judgeQueue: 3 })).toBe(64);
  expect(placesOf(gate, { concurrency: 64, judgeQueue: 2 })).toBe(0);
});

test('once it is known how fast the judge is, a full queue and what it grades while one comes to wait may be in flight', () => {
  const gate = newGate();
  for (const rollout of ['a', 'b', 'c']) noteWaiting(gate, { rollout, after: 5000 });
  noteEnded(gate, 'a', 10_000);
  noteEnded(gate, 'b', 10_250);
  // 4 in a second, 5 seconds to come to wait: 20 of them, and 16 that wait.
  expect(placesOf(gate, { concurrency: 64, judgeQueue: 16 })).toBe(16 + 20);
  expect(placesOf(gate, { concurrency: 30, judgeQueue: 16 })).toBe(30);
});

test('the time until somebody comes again, with nobody waiting, says nothing of how fast the judge is', () => {
  const gate = newGate();
  noteWaiting(gate, { rollout: 'a', after: 5000 });
  noteEnded(gate, 'a', 10_000);
  noteEnded(gate, 'never waited', 20_000);
  noteWaiting(gate, { rollout: 'b', after: 5000 });
  noteEnded(gate, 'b', 999_000);
  expect(gate.gradeEvery).toBeNull();
});

test('whatever is said in whatever order, those who wait are those who said so and have not ended', () => {
  const word = fc.record({ ended: fc.boolean(), rollout: fc.constantFrom('a', 'b', 'c', 'd') });
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const [gate, model] = [newGate(), new Set<string>()];
      for (const [now, { ended, rollout }] of words.entries()) {
        if (ended) noteEnded(gate, rollout, now);
        else noteWaiting(gate, { rollout, after: 1 });
        if (ended) model.delete(rollout);
        else model.add(rollout);
      }
      expect(new Set(gate.waiting)).toEqual(model);
      expect(gate.waiting).toHaveLength(model.size);
    }),
  );
});

test.each([
  {
    what: 'a judge that is three times too slow',
    play: 5,
    judge: 1,
    judgeSlots: 4,
    concurrency: 64,
    free: 44,
    held: 24,
  },
  { what: 'long rollouts, many of them', play: 50, judge: 1, judgeSlots: 4, concurrency: 500, free: 308, held: 48 },
  {
    what: 'hours, and judgings of ten minutes',
    play: 3600,
    judge: 600,
    judgeSlots: 8,
    concurrency: 256,
    free: 200,
    held: 32,
  },
])('$what: the queue is short, and nothing takes longer', ({ free, held, ...world }) => {
  const common = { ...world, rollouts: 4 * world.concurrency, spreadShare: 0.5, after: Math.min(30, world.judge) };
  const [freely, holding] = [simulate({ ...common, judgeQueue: null }), simulate({ ...common, judgeQueue: 16 })];
  expect(freely.longestQueue).toBeGreaterThan(0.8 * free);
  expect(holding.longestQueue).toBeLessThanOrEqual(held);
  expect(holding.seconds).toBeLessThan(1.02 * freely.seconds);
});

test('holding back never keeps a rollout out for good, and costs next to no time, whatever the world is like', () => {
  const world = fc.record({
    rollouts: fc.integer({ min: 1, max: 120 }),
    concurrency: fc.integer({ min: 1, max: 40 }),
    judgeSlots: fc.integer({ min: 1, max: 8 }),
    play: fc.integer({ min: 1, max: 60 }),
    spreadShare: fc.double({ min: 0, max: 1, noNaN: true }),
    judge: fc.integer({ min: 1, max: 30 }),
    late: fc.constantFrom(0, 1, 5),
    more: fc.integer({ min: 0, max: 30 }),
  });
  fc.assert(
    fc.property(world, ({ late, more, ...rest }) => {
      // As the settings ask: room for as many as the judge has slots, or patience for longer than a judging.
      const given = { ...rest, after: more % 2 === 0 ? late : rest.judge + late };
      const judgeQueue = (more % 2 === 0 ? rest.judgeSlots : 1) + more;
      const [freely, holding] = [simulate({ ...given, judgeQueue: null }), simulate({ ...given, judgeQueue })];
      expect(holding.graded).toBe(given.rollouts);
      expect(holding.seconds).toBeLessThanOrEqual(1.1 * freely.seconds + given.play + given.judge + given.after);
    }),
    { numRuns: 200 },
  );
});
