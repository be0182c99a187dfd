/** Histories of both sides of a patch: one that was begun before it and comes to it, and one that has it. */
export interface Sides {
  patch: string;
  before: string;
  after: string;
}

const since = (patch: string, after: string, before = `before/${patch}.${after.split('.').slice(1).join('.')}`) => ({
  patch,
  before,
  after,
});

export const PATCHES: readonly Sides[] = [
  since('begins-with-its-own-knobs', 'quiet.distill', 'before/quiet.distill'),
  since('begins-with-its-own-knobs', 'rl.rlStage.1', 'before/rl-quiet.rlStage.2'),
  since('every-execution-hears-of-its-end', 'skipped.train', 'before/skipped.train'),
  since('approvals-are-kept', 'gated.train', 'before/gated.train'),
  since('sweeps-apart', 'swept.janitor', 'before/swept.janitor'),
  since('skipped-runs-go-on', 'parked-skipped.train'),
  since('stage-waits', 'factory-stage.train'),
  since('aborted-between-stages', 'aborted-between.train'),
  since('a-gate-waits-for-resume', 'gate-paused.train'),
  since('gates-of-done-stages', 'gate-again.train'),
  since('a-budget-is-spent-in-line', 'alongside-budget.train'),
  since('failures-are-told', 'told-failed.train'),
  since('judging-waits', 'judge-away.rollout'),
  since('refused-rollouts-wait', 'rl-key.rollout'),
  since('cancelled-runs-cancel-every-execution', 'cancelled.train'),
  since('cancelled-while-parked', 'parked-cancelled.train'),
  since('failed-evaluations-are-closed', 'alongside-failed-aborted.train'),
  since('cancelled-before-it-plays', 'outside-aborted.evaluate'),
  since('a-stage-that-fails-says-where-it-is', 'budget.distill.1'),
];
