import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addCounts, closeLedger, closes, countOutcomes } from '../../core/ledger.ts';
import { OUTCOMES, record, type Outcome } from '../../core/record.ts';

const idOf = (member: number): string => `run.distill.0.task.${member}`;
const recordOf = (member: number, outcome: Outcome) =>
  record.parse({
    rollout: idOf(member),
    task: 'task',
    policy: 'teacher',
    outcome,
    ...(outcome === 'scored' ? { score: 0.5, end: 'submitted' } : {}),
  });

test('planned = scored + infra-failed + cancelled, whatever became of the rollouts', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...OUTCOMES)), (outcomes) => {
      const planned = outcomes.map((_, member) => idOf(member));
      const { rows, totals } = closeLedger(
        planned,
        outcomes.map((outcome, member) => recordOf(member, outcome)),
      );
      expect(rows.map((row) => row.rollout)).toEqual(planned);
      expect(closes(totals)).toBe(true);
      expect(totals.planned).toBe(outcomes.length);
    }),
  );
});

test('an infra-failed rollout has no score, not a zero', () => {
  const { rows } = closeLedger([idOf(0)], [recordOf(0, 'infra-failed')]);
  expect(rows[0]).toMatchObject({ outcome: 'infra-failed', score: null });
});

test('a ledger with a planned rollout that has no record does not close', () => {
  expect(() => closeLedger([idOf(0), idOf(1)], [recordOf(0, 'scored')])).toThrow(
    '1 planned rollouts have no record, the first is run.distill.0.task.1',
  );
});

test('a ledger with a record that nobody planned does not close', () => {
  expect(() => closeLedger([idOf(0)], [recordOf(0, 'scored'), recordOf(1, 'scored')])).toThrow('was not planned');
});

test('a rollout counted twice does not close', () => {
  expect(() => closeLedger([idOf(0), idOf(0)], [recordOf(0, 'scored')])).toThrow('names 1 rollouts twice');
  expect(() => closeLedger([idOf(0)], [recordOf(0, 'scored'), recordOf(0, 'cancelled')])).toThrow('two records');
});

test('the ledger of a run is the sum of its stages', () => {
  const first = countOutcomes([{ outcome: 'scored' }, { outcome: 'infra-failed' }]);
  const second = countOutcomes([{ outcome: 'cancelled' }]);
  expect(addCounts([first, second])).toEqual({ planned: 3, scored: 1, infraFailed: 1, cancelled: 1 });
});
