import { mean, standardError } from '../core/statistics.ts';
import type { Figure } from './figure.ts';

/** In standard errors of the difference: what splitting and training must gain. */
const TRAINING_BOUND = 3;
/** What all RL stages together must gain. */
const RL_BOUND = 4;
/** What a stage may cost the phases that it never reaches. */
const LOSS_BOUND = -1;
/** Of the seeds, how many must have a stage above the one before. */
const MOST_SEEDS = 0.8;

export interface Score {
  mean: number;
  stderr: number;
}

/** Held-out scores of a policy: the whole rubric, and the leaves of the late phases alone (executing, analysing results). */
export interface PolicyScores {
  policy: string;
  score: Score;
  late: Score;
}

/** What a run of one seed has taught: its policies in the order of their stages. */
export interface Learnt {
  seed: number;
  policies: PolicyScores[];
  /** The RL stages, which follow each other. */
  rl: string[];
}

export const scoreOf = (values: readonly number[]): Score => ({
  mean: mean(values) ?? Number.NaN,
  stderr: standardError(values) ?? Number.NaN,
});

/** What one seed shows: SFT, and RL where the recipe has it. */
export function figuresOf(learnt: Learnt): Figure[] {
  const of = (name: string): PolicyScores => policyOf(learnt, name);
  const at = `seed ${learnt.seed}: `;
  const sft = of('sft');
  const figures = [
    difference(`${at}windows above truncated`, [sft.score, of('sft-truncated').score], TRAINING_BOUND),
    difference(`${at}truncated above untrained`, [of('sft-truncated').score, of('untrained').score], TRAINING_BOUND),
  ];
  const [first, last] = [learnt.rl[0], learnt.rl.at(-1)];
  if (first === undefined || last === undefined) return figures;
  return [
    ...figures,
    ...steps(learnt).map(([before, after]) => ({
      ...difference(`${at}${after.policy} above ${before.policy}`, [after.score, before.score], 0),
      // Judged over the seeds, below.
      ok: true,
      bound: `> 0 in ${MOST_SEEDS * 100} % of the seeds`,
    })),
    difference(`${at}${last} above sft`, [of(last).score, sft.score], RL_BOUND),
    difference(`${at}late phases after ${first} against sft`, [of(first).late, sft.late], LOSS_BOUND),
  ];
}

/** Over the seeds, for each RL stage: the share of seeds in which it is above the one before. */
export function figuresOver(seeds: readonly Learnt[]): Figure[] {
  const stages = seeds[0]?.rl ?? [];
  return stages.map((stage, index) => {
    const pairs = seeds.map((learnt) => steps(learnt)[index]).filter((pair) => pair !== undefined);
    const rises = pairs.filter(([before, after]) => after.score.mean > before.score.mean).length;
    const value = rises / seeds.length;
    return {
      figure: `${stage} above the stage before, share of seeds`,
      value,
      unit: '',
      bound: `>= ${MOST_SEEDS}`,
      ok: value >= MOST_SEEDS,
      detail: { rises, seeds: seeds.length },
    };
  });
}

/** Each RL stage behind the policy that it started from. */
const steps = (learnt: Learnt): [PolicyScores, PolicyScores][] =>
  learnt.rl.map((stage, index) => [policyOf(learnt, learnt.rl[index - 1] ?? 'sft'), policyOf(learnt, stage)]);

function policyOf({ seed, policies }: Learnt, name: string): PolicyScores {
  const found = policies.find(({ policy }) => policy === name);
  if (!found) throw new Error(`seed ${seed}: ${name} has no held-out score`);
  return found;
}

/** How far one mean is above another, in standard errors of their difference: the two samples are independent. */
export function difference(figure: string, [high, low]: [Score, Score], bound: number): Figure {
  const value = (high.mean - low.mean) / Math.hypot(high.stderr, low.stderr);
  const detail = { high: high.mean, highStderr: high.stderr, low: low.mean, lowStderr: low.stderr };
  return { figure, value, unit: 'standard errors', bound: `> ${bound}`, ok: value > bound, detail };
}
