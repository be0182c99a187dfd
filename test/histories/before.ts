import type { Path } from './paths.ts';

/** What nobody has of before a patch. */
const without = (patch: string, type: string): Path[] => [
  { path: `before/${patch}`, what: 'as it went before', has: [type], without: patch },
];

const RUN = ['train', 'distill', 'sft', 'evaluate', 'rollout'];

/**
 * Histories of code as it was before a patch, which workflows that run since then have too. Most were recorded by that code, and are
 * never recorded again; those that are named for a patch, by the workflows of today without it.
 */
export const BEFORE: readonly Path[] = [
  { path: 'before/quiet', what: 'every stage of a recipe comes to its end', has: RUN },
  { path: 'before/told', what: 'a webhook is told', has: [...RUN, 'notify'] },
  { path: 'before/paused', what: 'all rollouts of a teacher let go', has: RUN },
  { path: 'before/skipped', what: 'a stage is ended as it is', has: RUN },
  { path: 'before/aborted', what: 'a run is ended as it is', has: ['train', 'distill', 'sft', 'rollout'] },
  { path: 'before/parked', what: 'machines fail, and an operator resumes', has: RUN },
  { path: 'before/gated', what: 'a person approves at three gates', has: RUN },
  { path: 'before/budget', what: 'a budget is reached and raised', has: RUN },
  { path: 'before/resumed', what: 'a run takes over all that another has done', has: ['train'] },
  { path: 'before/factory', what: 'a sample is approved of', has: ['researchFactory', 'paperToTask'] },
  { path: 'before/rl-quiet', what: 'two steps are made', has: ['rlStage.1', 'rlStage.2', 'rollout'] },
  { path: 'before/rl-carried', what: 'rollouts play on into a step', has: ['rlStage.1', 'rlStage.2', 'rollout'] },
  { path: 'before/rl-parked', what: 'a trainer fails', has: ['rlStage.1', 'rlStage.2', 'rlStage.3', 'rollout'] },
  { path: 'before/rl-tuned', what: 'limits change, a rollout dies', has: ['rlStage.1', 'rollout'] },
  { path: 'before/rl-aborted', what: 'a run is ended while RL plays', has: ['rlStage.1', 'rollout'] },
  { path: 'before/swept', what: 'a janitor sweeps one part after the other', has: ['janitor'] },
  ...without('skipped-runs-go-on', 'train'),
  ...without('stage-waits', 'train'),
  ...without('aborted-between-stages', 'train'),
  ...without('a-gate-waits-for-resume', 'train'),
  ...without('gates-of-done-stages', 'train'),
  ...without('a-budget-is-spent-in-line', 'train'),
  ...without('failures-are-told', 'train'),
  ...without('judging-waits', 'rollout'),
  ...without('refused-rollouts-wait', 'rollout'),
  ...without('cancelled-runs-cancel-every-execution', 'train'),
  ...without('cancelled-while-parked', 'train'),
  ...without('failed-evaluations-are-closed', 'train'),
  ...without('cancelled-before-it-plays', 'evaluate'),
  ...without('a-stage-that-fails-says-where-it-is', 'distill.1'),
];
