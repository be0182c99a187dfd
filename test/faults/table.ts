import type { Outcome, Struck } from './play.ts';

const median = (values: readonly number[]): number | null =>
  values.length === 0 ? null : (values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null);

const text = (seconds: number | null): string => (seconds === null ? '-' : seconds.toFixed(1));

/** One line a class: struck, survived, and the median and longest wait until the run got on. */
export function table(outcomes: readonly Outcome[]): string {
  const all = outcomes.flatMap((outcome) =>
    outcome.struck.map((struck) => ({ ...struck, survived: isSound(outcome) })),
  );
  const names = [...new Set(all.map(({ name }) => name))].toSorted();
  const rows = [...names, 'all'].map((name) =>
    row(name, name === 'all' ? all : all.filter((one) => one.name === name)),
  );
  return ['fault                         struck  survived  median s  longest s', ...rows].join('\n');
}

function row(name: string, struck: readonly (Struck & { survived: boolean })[]): string {
  const waits = struck.flatMap(({ waited }) => (waited === null ? [] : [waited]));
  const survived = struck.filter((one) => one.survived).length;
  return [
    name.padEnd(28),
    String(struck.length).padStart(8),
    String(survived).padStart(9),
    text(median(waits)).padStart(9),
    text(waits.length === 0 ? null : Math.max(...waits)).padStart(10),
  ].join(' ');
}

export const isSound = (outcome: Outcome): boolean => outcome.problems.length === 0;
