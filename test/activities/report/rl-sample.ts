import type { Evaluation, StageReport } from '../../../core/report.ts';
import type { RlReport, RlStep } from '../../../core/rl-report.ts';

interface Climb {
  from: number;
  to: number;
  turns: number;
  submitted: number;
}

/** A step of 48 rollouts, as a stage of the tiny student has it: the score climbs, with some noise that is always the same. */
function sampleStep(step: number, of: number, { from, to, turns, submitted }: Climb): RlStep {
  const share = step / of;
  const noise = 0.02 * Math.sin(step * 2.7 + from * 10);
  const rollout = 5 + 2 * Math.abs(Math.sin(step * 1.9));
  const ended = Math.round(48 * submitted * share);
  return {
    step,
    checkpoint: `rl-sample-${step}`,
    trained: true,
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:09.000Z',
    score: { mean: from + (to - from) * share + noise, stderr: 0.018, n: 48 },
    turns: turns * (0.9 + 0.1 * share) + 20 * noise,
    activeSeconds: 90,
    ends: { ...(ended > 0 ? { submitted: ended } : {}), budget: 48 - ended },
    groups: { count: 6, flat: step % 3 === 0 ? 1 : 0 },
    lost: step === 2 ? 1 : 0,
    rows: 48 * 4,
    trainedTokens: 30_000,
    seconds: { total: rollout + 3.4, rollout, judge: 0.4, train: 2.2, sync: 0.3 },
    slots: { count: 64, utilisation: 0.97 - 0.03 * Math.abs(noise) * 10 },
    staleness: { '0': 1500, '1': 400 + 20 * step },
    metrics: { kl: 0.002 * step, entropy: 0.9 - 0.02 * step, clippedShare: 0.01 + 0.002 * step, ratioMax: 1.8 },
  };
}

const CLIMBS: Record<string, Climb & { steps: number }> = {
  '100s': { steps: 8, from: 0.24, to: 0.31, turns: 17, submitted: 0 },
  '850s': { steps: 6, from: 0.52, to: 0.6, turns: 44, submitted: 0.5 },
  '1300s': { steps: 6, from: 0.69, to: 0.76, turns: 52, submitted: 0.9 },
};

/** The RL stages of a run of the tiny student. */
export const sampleRlStages = (): StageReport[] =>
  Object.entries(CLIMBS).map(([timeout, { steps, ...climb }], index, all): StageReport => {
    const rl: RlReport = {
      timeout,
      from: index === 0 ? 'sft' : `rl-${all[index - 1]?.[0]}`,
      endedBy: 'steps',
      maxStaleness: 1,
      steps: Array.from({ length: steps }, (_, step) => sampleStep(step + 1, steps, climb)),
    };
    const ends = rl.steps.reduce((sum, step) => sum + (step.ends['submitted'] ?? 0), 0);
    return {
      name: `rl-${timeout}`,
      type: 'rl',
      state: 'completed',
      wanted: 48 * steps,
      seconds: 70 + 20 * index,
      meanScore: 0.5,
      planned: 48 * steps + 1,
      scored: 48 * steps,
      infraFailed: 1,
      cancelled: 0,
      ends: { ...(ends > 0 ? { submitted: ends } : {}), budget: 48 * steps - ends, 'infra-failed': 1 },
      rl,
    };
  });

export const sampleRlEvaluations = (): Evaluation[] =>
  [
    { policy: 'rl-100s', mean: 0.5901, stderr: 0.0162, turns: 55.1 },
    { policy: 'rl-850s', mean: 0.6833, stderr: 0.0131, turns: 56.6 },
    { policy: 'rl-1300s', mean: 0.7748, stderr: 0.0102, turns: 58.2 },
  ].map((row, index) => ({
    ...row,
    gain: { over: ['sft', 'rl-100s', 'rl-850s'][index] as string, mean: 0.1, stderr: 0.012, paired: true },
    suite: 'heldout',
    n: 96,
    seconds: row.turns * 16.2,
  }));
