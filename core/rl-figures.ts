import type { RlReport, RlStep } from './rl-report.ts';

/** What one looks for first of what an RL stage did; null where no step says it. */
export interface RlFigures {
  firstScore: number | null;
  lastScore: number | null;
  /** Groups of all batches, and those whose scores were all equal. */
  groups: number;
  flat: number;
  lost: number;
  /** Mean seconds of a step, and the shares of it: slots in use, the trainer without work. */
  stepSeconds: number | null;
  utilisation: number | null;
  trainerIdle: number | null;
}

/** The figures of a stage; utilisation and idle time are weighed by the length of the steps. */
export function rlFigures({ steps }: Pick<RlReport, 'steps'>): RlFigures {
  const total = sum(steps, ({ seconds }) => seconds.total);
  const over = (part: (step: RlStep) => number): number | null => (total === 0 ? null : sum(steps, part) / total);
  const busy = over(({ seconds }) => seconds.train);
  return {
    firstScore: steps[0]?.score.mean ?? null,
    lastScore: steps.at(-1)?.score.mean ?? null,
    groups: sum(steps, ({ groups }) => groups.count),
    flat: sum(steps, ({ groups }) => groups.flat),
    lost: sum(steps, ({ lost }) => lost),
    stepSeconds: steps.length === 0 ? null : total / steps.length,
    utilisation: over(({ seconds, slots }) => seconds.total * slots.utilisation),
    trainerIdle: busy === null ? null : 1 - busy,
  };
}

/** What of a step's time is neither playing nor judging nor training nor bringing engines to the new weights. */
export const restOf = ({ total, rollout, judge, train, sync }: RlStep['seconds']): number =>
  Math.max(0, total - rollout - judge - train - sync);

/** Turns of several steps by how many updates their policy was behind, from 0 on without a gap. */
export function stalenessOf(steps: readonly RlStep[]): number[] {
  const counts: number[] = [];
  for (const { staleness } of steps) {
    for (const [behind, turns] of Object.entries(staleness)) {
      counts[Number(behind)] = (counts[Number(behind)] ?? 0) + turns;
    }
  }
  return Array.from(counts, (count) => count ?? 0);
}

/** What a reader must know of the stage before believing that it learnt. */
export function rlNotes(stage: string, { steps }: Pick<RlReport, 'steps'>): string[] {
  const all = steps.length;
  const unfinished = steps.filter(({ ends }) => (ends['submitted'] ?? 0) === 0 && Object.keys(ends).length > 0).length;
  const flat = steps.filter(({ groups }) => groups.count > 0 && groups.flat === groups.count).length;
  return [
    ...(flat > 0
      ? [`${stage}: in ${flat} of ${all} steps no group had any variance, so there was nothing to learn from.`]
      : []),
    ...(unfinished > 0
      ? [`${stage}: in ${unfinished} of ${all} steps no rollout submitted; what was scored is unfinished work.`]
      : []),
  ];
}

const sum = (steps: readonly RlStep[], part: (step: RlStep) => number): number =>
  steps.reduce((total, step) => total + part(step), 0);
