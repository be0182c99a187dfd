import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gapOf, keepsUp, letIn, newGate, noteEnded, noteWaiting } from '../../core/admission.ts';

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

test('no rollout is let in while too many wait for the judge, each counted once, until some have ended', () => {
  const gate = newGate();
  for (const rollout of ['a', 'b', 'b']) noteWaiting(gate, rollout);
  expect([keepsUp(gate, 3), keepsUp(gate, 2)]).toEqual([true, false]);
  noteEnded(gate, 'a');
  noteEnded(gate, 'never waited');
  expect(gate.waiting).toEqual(['b']);
  expect(keepsUp(gate, 2)).toBe(true);
});

test('whatever is said in whatever order, those who wait are those who said so and have not ended', () => {
  const word = fc.record({ ended: fc.boolean(), rollout: fc.constantFrom('a', 'b', 'c', 'd') });
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const [gate, model] = [newGate(), new Set<string>()];
      for (const { ended, rollout } of words) {
        if (ended) noteEnded(gate, rollout);
        else noteWaiting(gate, rollout);
        if (ended) model.delete(rollout);
        else model.add(rollout);
      }
      expect(new Set(gate.waiting)).toEqual(model);
      expect(gate.waiting).toHaveLength(model.size);
    }),
  );
});
