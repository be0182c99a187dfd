import { z } from 'zod';
import { DROPS } from './acceptance.ts';
import { windowsExample } from './dataset.ts';
import { difference, differenceOf } from './difference.ts';
import type { LedgerRow } from './ledger.ts';
import { lossPoint } from './losses.ts';
import { rlReport } from './rl-report.ts';
import { cost, counts, paperCounts } from './status.ts';
import { mean, standardError } from './statistics.ts';
import { trainingReport } from './training-report.ts';

/** One row of the table: a policy on a suite. */
export const evaluation = z.object({
  policy: z.string(),
  suite: z.string(),
  n: z.number().int(),
  mean: z.number().nullable(),
  /** Standard error of the mean over rollouts; null below two. */
  stderr: z.number().nullable(),
  /** Mean turns and mean active seconds of a rollout. */
  turns: z.number().nullable(),
  seconds: z.number().nullable(),
  /** How much higher than the checkpoint that it was trained from, where that was evaluated on the same suite. */
  gain: difference.extend({ over: z.string() }).optional(),
  /** Where verdicts are incomplete: the same by PaperBench's convention, which counts a leaf that could not be graded 0. */
  paperbench: z.object({ n: z.number().int(), mean: z.number().nullable(), stderr: z.number().nullable() }).optional(),
  /** Rollouts that violated their task's blacklist and score 0 for that. */
  violations: z.number().int().optional(),
});
export type Evaluation = z.infer<typeof evaluation>;

export const stageReport = counts.extend({
  name: z.string(),
  type: z.string(),
  state: z.string(),
  /** Scored rollouts that the recipe asks for; replacements of failed ones are planned beyond them. */
  wanted: z.number().int(),
  /** Measured seconds from the stage's start to its end. */
  seconds: z.number(),
  meanScore: z.number().nullable(),
  /** The run that did it, where it was taken over instead of done. */
  reusedFrom: z.string().optional(),
  /** Trajectories kept, of a distillation. */
  accepted: z.number().int().optional(),
  /** Trajectories left out, by the rule that they did not meet. */
  dropped: z.partialRecord(z.enum(DROPS), z.number().int()).optional(),
  /** What a training stage did. */
  training: trainingReport.optional(),
  /** What an RL stage did. */
  rl: rlReport.optional(),
  /** What became of the factory's papers. */
  papers: paperCounts.optional(),
  /** The loss by step, thinned to what can be drawn. */
  losses: z.array(lossPoint).optional(),
  /** How rollouts ended, by kind of end. */
  ends: z.record(z.string(), z.number().int()),
});
export type StageReport = z.infer<typeof stageReport>;

/** How the trajectories of a training stage became windows. */
export const windowsReport = z.object({
  stage: z.string(),
  trajectories: z.number().int(),
  leftOut: z.number().int(),
  rowsPerTrajectory: z.record(z.string(), z.number().int()),
  example: windowsExample.optional(),
});
export type WindowsReport = z.infer<typeof windowsReport>;

/** `report.json`. */
export const report = z.object({
  run: z.string(),
  recipe: z.object({ name: z.string(), hash: z.string() }),
  ledger: counts,
  stages: z.array(stageReport),
  evaluations: z.array(evaluation),
  windows: z.array(windowsReport).optional(),
  cost,
  /** What a reader must know before believing a figure: a scripted teacher, an unsafe sandbox. */
  notes: z.array(z.string()),
});
export type Report = z.infer<typeof report>;

/** The table's row of one evaluation, from the scored rollouts alone. */
export function evaluate(policy: string, suite: string, rows: readonly LedgerRow[]): Evaluation {
  const scored = rows.filter((row) => row.outcome === 'scored');
  const scores = scored.map((row) => row.score ?? 0);
  return {
    policy,
    suite,
    n: scored.length,
    mean: mean(scores),
    stderr: standardError(scores),
    turns: mean(scored.map((row) => row.turns)),
    seconds: mean(scored.map((row) => row.activeSeconds)),
    ...conventional(rows, scores),
    ...violated(scored),
  };
}

/** PaperBench's convention, told where it differs: where some verdict is incomplete. */
function conventional(rows: readonly LedgerRow[], scores: readonly number[]): Pick<Evaluation, 'paperbench'> {
  const incomplete = rows.flatMap(({ paperbench }) => (paperbench === undefined ? [] : [paperbench]));
  if (incomplete.length === 0) return {};
  const all = [...scores, ...incomplete];
  return { paperbench: { n: all.length, mean: mean(all), stderr: standardError(all) } };
}

function violated(rows: readonly LedgerRow[]): Pick<Evaluation, 'violations'> {
  const violations = rows.filter((row) => row.violated).length;
  return violations === 0 ? {} : { violations };
}

/** An evaluation and what it was made from. */
interface Evaluated {
  policy: string;
  suite: string;
  rows: readonly LedgerRow[];
}

/** The table's rows, each with what it gained over the checkpoint that it was trained from. */
export function evaluationsOf(all: readonly Evaluated[], parents: ReadonlyMap<string, string>): Evaluation[] {
  return all.map(({ policy, suite, rows }) => {
    const over = parents.get(policy);
    const before = all.find((one) => one.policy === over && one.suite === suite);
    const row = evaluate(policy, suite, rows);
    return before === undefined ? row : { ...row, gain: { over: before.policy, ...differenceOf(rows, before.rows) } };
  });
}

/** How many rollouts came to each end. */
export function countEnds(rows: readonly LedgerRow[]): Record<string, number> {
  const ends: Record<string, number> = {};
  for (const row of rows) {
    const end = row.end ?? row.outcome;
    ends[end] = (ends[end] ?? 0) + 1;
  }
  return ends;
}
