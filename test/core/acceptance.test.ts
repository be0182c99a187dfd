import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accept, acceptanceRules, countDrops, type Candidate } from '../../core/acceptance.ts';
import { END_KINDS } from '../../core/trajectory.ts';

const candidate = (rollout: string, more: Partial<Candidate> = {}): Candidate => ({
  rollout,
  task: 'a',
  outcome: 'scored',
  score: 0.5,
  end: 'submitted',
  turns: 10,
  ...more,
});

const decided = (candidates: Candidate[], rules: object): string[] =>
  accept(candidates, acceptanceRules.parse({ minScore: 0, ...rules })).map(
    ({ rollout, why }) => `${rollout} ${why ?? 'kept'}`,
  );

test('each rule leaves out what does not meet it, and the first one is the reason', () => {
  const candidates = [
    candidate('good'),
    candidate('failed', { outcome: 'infra-failed', score: null, end: null }),
    candidate('low', { score: 0.39 }),
    candidate('just', { score: 0.4 }),
    candidate('cut', { end: 'budget' }),
    candidate('short', { turns: 2 }),
    candidate('long', { turns: 99 }),
    candidate('cheat', { violated: true, score: 0 }),
  ];
  const rules = { minScore: 0.4, ends: ['submitted'], minTurns: 3, maxTurns: 50 };
  expect(decided(candidates, rules)).toEqual([
    'good kept',
    'failed unscored',
    'low score',
    'just kept',
    'cut end',
    'short turns',
    'long turns',
    'cheat violation',
  ]);
});

test('by default every scored rollout that kept to the rules is taken', () => {
  const candidates = [candidate('one', { score: 0, end: 'turns' }), candidate('two', { violated: true, score: 0 })];
  expect(decided(candidates, {})).toEqual(['one kept', 'two violation']);
  expect(decided(candidates, { violations: true })).toEqual(['one kept', 'two kept']);
});

test('of several that said the very same the best is kept, within its paper', () => {
  const candidates = [
    candidate('worse', { content: 'x', score: 0.4 }),
    candidate('better', { content: 'x', score: 0.6 }),
    candidate('other', { content: 'y' }),
    candidate('elsewhere', { content: 'x', task: 'b' }),
  ];
  const kept = ['worse duplicate', 'better kept', 'other kept', 'elsewhere kept'];
  expect(decided(candidates, { duplicates: 'drop' })).toEqual(kept);
  expect(decided(candidates, {})).toEqual(kept.map((line) => line.replace('duplicate', 'kept')));
});

test('the best of each paper are kept, the shorter where they tie', () => {
  const candidates = [
    candidate('a1', { score: 0.9, turns: 30 }),
    candidate('a2', { score: 0.9, turns: 20 }),
    candidate('a3', { score: 0.8 }),
    candidate('b1', { task: 'b', score: 0.1 }),
  ];
  expect(decided(candidates, { best: 1 })).toEqual(['a1 not-best', 'a2 kept', 'a3 not-best', 'b1 kept']);
});

test('whatever the rules, every rollout is decided once, and no kept one breaks a rule', () => {
  const some = fc.record({
    task: fc.constantFrom('a', 'b'),
    outcome: fc.constantFrom('scored' as const, 'infra-failed' as const),
    score: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
    end: fc.constantFrom(...END_KINDS),
    turns: fc.nat(20),
    content: fc.constantFrom('x', 'y', 'z'),
  });
  const rules = fc.record({
    minScore: fc.double({ min: 0, max: 1, noNaN: true }),
    best: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(some, { maxLength: 20 }), rules, (all, { minScore, best }) => {
      const candidates = all.map((one, index) => candidate(`r${index}`, one));
      const given = accept(candidates, acceptanceRules.parse({ minScore, best, duplicates: 'drop' }));
      expect(given.map(({ rollout }) => rollout)).toEqual(candidates.map(({ rollout }) => rollout));
      const kept = candidates.filter((_, index) => given[index]?.kept);
      expect(kept.every(({ score }) => score !== null && score >= minScore)).toBe(true);
      for (const task of ['a', 'b']) {
        const own = kept.filter((one) => one.task === task);
        expect(own.length).toBeLessThanOrEqual(best);
        expect(new Set(own.map(({ content }) => content)).size).toBe(own.length);
      }
      const drops = Object.values(countDrops(given)).reduce((sum, count) => sum + count, 0);
      expect(drops + kept.length).toBe(candidates.length);
    }),
  );
});
