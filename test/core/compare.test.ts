import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changedFields, compareRuns, type EndedRun } from '../../core/compare.ts';
import type { LedgerRow } from '../../core/ledger.ts';
import { evaluationsOf } from '../../core/report.ts';
import { sampleReport } from '../activities/report/sample.ts';

const row = (policy: string, task: string, score: number): LedgerRow => ({
  rollout: `r.evaluate-${policy}.heldout.${task}.0`,
  stage: `evaluate-${policy}`,
  step: 'heldout',
  task,
  member: 0,
  policy,
  outcome: 'scored',
  score,
  end: 'submitted',
  turns: 1,
  activeSeconds: 1,
});

const run = (scores: Record<string, number[]>, recipe: unknown): EndedRun => {
  const ledger = Object.entries(scores).flatMap(([policy, all]) =>
    all.map((score, at) => row(policy, `t${at}`, score)),
  );
  const evaluated = Object.keys(scores).map((policy) => ({
    policy,
    suite: 'heldout',
    rows: ledger.filter((one) => one.policy === policy),
  }));
  return { report: sampleReport({ evaluations: evaluationsOf(evaluated, new Map()) }), ledger, recipe };
};

test('policies that both runs evaluated are compared paper by paper; one that only one of them did is shown alone', () => {
  const ours = run({ sft: [0.5, 0.7], rl: [0.9, 0.9] }, {});
  const theirs = run({ sft: [0.4, 0.4], idle: [0, 0] }, {});
  const { evaluations } = compareRuns(ours, theirs);
  expect(evaluations.map(({ policy }) => policy)).toEqual(['sft', 'rl', 'idle']);
  expect(evaluations[0]).toMatchObject({
    ours: { mean: expect.closeTo(0.6) },
    theirs: { mean: expect.closeTo(0.4) },
    difference: { mean: expect.closeTo(0.2), paired: true },
  });
  expect(evaluations[1]).toMatchObject({ theirs: null, difference: null });
  expect(evaluations[2]).toMatchObject({ ours: null, difference: null });
});

test('the stages of both are listed with their seconds', () => {
  const [ours, theirs] = [run({}, {}), run({}, {})];
  const short = { ...theirs, report: { ...theirs.report, stages: theirs.report.stages.slice(0, 1) } };
  const { stages } = compareRuns(ours, short);
  expect(stages[0]).toEqual({ name: 'untrained', ours: 2.1, theirs: 2.1 });
  expect(stages[1]).toMatchObject({ name: 'base', theirs: null });
});

test('recipes differ in the fields whose values do, each by its path', () => {
  const ours = { seed: 1, student: { windows: { overlap: 48 } }, stages: [{ steps: 3 }, { steps: 4 }] };
  const theirs = { seed: 1, student: { windows: { overlap: 0 } }, stages: [{ steps: 3 }], name: 'b' };
  expect(changedFields(ours, theirs)).toEqual([
    { path: 'student.windows.overlap', ours: 48, theirs: 0 },
    { path: 'stages.1', ours: { steps: 4 }, theirs: undefined },
    { path: 'name', ours: undefined, theirs: 'b' },
  ]);
});

test('a recipe differs from itself in nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(changedFields(value, structuredClone(value))).toEqual([]);
    }),
  );
});
