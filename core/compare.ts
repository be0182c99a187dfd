import { differenceOf, type Difference } from './difference.ts';
import type { LedgerRow } from './ledger.ts';
import type { Evaluation, Report } from './report.ts';

/** What is known of a run that has ended. */
export interface EndedRun {
  report: Report;
  ledger: readonly LedgerRow[];
  /** With all its defaults. */
  recipe: unknown;
}

export interface ComparedEvaluation {
  policy: string;
  suite: string;
  /** Of this run and of the other; null where it did not evaluate the policy on the suite. */
  ours: Evaluation | null;
  theirs: Evaluation | null;
  /** Ours less theirs; null where one of them is missing. */
  difference: Difference | null;
}

/** A field of the recipe that differs; undefined where a recipe does not have it. */
export interface ChangedField {
  path: string;
  ours: unknown;
  theirs: unknown;
}

export interface Comparison {
  evaluations: ComparedEvaluation[];
  stages: { name: string; ours: number | null; theirs: number | null }[];
  recipe: ChangedField[];
}

/** What two runs have in common and in which they differ: their recipes, scores and the seconds of their stages. */
export function compareRuns(ours: EndedRun, theirs: EndedRun): Comparison {
  const keys = union(ours.report.evaluations.map(keyOf), theirs.report.evaluations.map(keyOf));
  const seconds = ({ report }: EndedRun, name: string): number | null =>
    report.stages.find((stage) => stage.name === name)?.seconds ?? null;
  const stages = union(
    ours.report.stages.map(({ name }) => name),
    theirs.report.stages.map(({ name }) => name),
  );
  return {
    evaluations: keys.map((key) => compareEvaluation(key, ours, theirs)),
    stages: stages.map((name) => ({ name, ours: seconds(ours, name), theirs: seconds(theirs, name) })),
    recipe: changedFields(ours.recipe, theirs.recipe),
  };
}

const keyOf = ({ policy, suite }: Evaluation): string => `${policy} ${suite}`;

function compareEvaluation(key: string, ours: EndedRun, theirs: EndedRun): ComparedEvaluation {
  const [policy = '', suite = ''] = key.split(' ');
  const rowOf = ({ report }: EndedRun): Evaluation | null =>
    report.evaluations.find((row) => keyOf(row) === key) ?? null;
  const rolloutsOf = ({ ledger }: EndedRun): LedgerRow[] =>
    ledger.filter((row) => row.stage === `evaluate-${policy}` && row.step === suite);
  const [one, other] = [rowOf(ours), rowOf(theirs)];
  const difference = one && other ? differenceOf(rolloutsOf(ours), rolloutsOf(theirs)) : null;
  return { policy, suite, ours: one, theirs: other, difference };
}

/** The fields in which two values differ, by path, in the order of the first; what is equal below a path is left out. */
export function changedFields(ours: unknown, theirs: unknown, path = ''): ChangedField[] {
  if (isObject(ours) && isObject(theirs)) {
    return union(Object.keys(ours), Object.keys(theirs)).flatMap((key) =>
      changedFields(ours[key], theirs[key], path === '' ? key : `${path}.${key}`),
    );
  }
  return JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [{ path, ours, theirs }];
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const union = (one: readonly string[], other: readonly string[]): string[] => [...new Set([...one, ...other])];
