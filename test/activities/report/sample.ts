import { addCounts } from '../../../core/ledger.ts';
import type { Evaluation, Report, StageReport } from '../../../core/report.ts';
import type { TrainingReport } from '../../../core/training-report.ts';

const empty = { planned: 0, scored: 0, infraFailed: 0, cancelled: 0, wanted: 0, meanScore: null, ends: {} };

/** A loss that falls, as one of 900 steps does, every fifth step of it. */
const losses = (last: number) =>
  Array.from({ length: 180 }, (_, index) => ({
    step: 5 * index + 5,
    loss: last + 3.2 * Math.exp(-index / 34) + 0.04 * Math.sin(index * 2.3),
  }));

const training = (checkpoint: string, figures: Omit<TrainingReport, 'checkpoint' | 'metrics'>, loss: number) => ({
  checkpoint,
  ...figures,
  metrics: loss === 0 ? {} : { loss, tokensPerSecond: 21_840, gradNorm: 0.8123 },
});

const STAGES: StageReport[] = [
  {
    ...empty,
    name: 'untrained',
    type: 'init',
    state: 'completed',
    seconds: 2.1,
    training: training('untrained', { rows: 0, trainedTokens: 0, steps: 0, seconds: 1.6 }, 0),
  },
  {
    ...empty,
    name: 'base',
    type: 'sft',
    state: 'completed',
    seconds: 19,
    training: training('base', { rows: 16_000, trainedTokens: 812_400, steps: 300, seconds: 15.4 }, 0.0311),
    losses: losses(0.0311),
  },
  {
    name: 'distill',
    type: 'distill',
    state: 'completed',
    wanted: 400,
    seconds: 96,
    meanScore: 0.5512,
    accepted: 304,
    planned: 403,
    scored: 400,
    infraFailed: 2,
    cancelled: 1,
    ends: { submitted: 281, budget: 102, turns: 17, 'infra-failed': 2, cancelled: 1 },
  },
  {
    ...empty,
    name: 'sft-truncated',
    type: 'sft',
    state: 'completed',
    seconds: 54,
    training: training('sft-truncated', { rows: 304, trainedTokens: 21_907, steps: 900, seconds: 50.2 }, 0.204),
    losses: losses(0.204),
  },
  {
    ...empty,
    name: 'sft',
    type: 'sft',
    state: 'completed',
    seconds: 91,
    training: training('sft', { rows: 3952, trainedTokens: 224_960, steps: 900, seconds: 85.7 }, 0.1472),
    losses: losses(0.1472),
  },
  ...(['untrained', 'sft-truncated', 'sft', 'teacher', 'idle'] as const).map(evaluationStage),
];

function evaluationStage(policy: string): StageReport {
  const played = policy === 'idle' ? { submitted: 96 } : { submitted: 61, budget: 20, turns: 9, context: 6 };
  return {
    name: `evaluate-${policy}`,
    type: 'evaluate',
    state: policy === 'idle' ? 'cancelled' : 'completed',
    wanted: 96,
    seconds: 14.2,
    planned: 96,
    scored: 96,
    infraFailed: 0,
    cancelled: 0,
    meanScore: 0.4,
    ends: played,
  };
}

const EVALUATIONS: Evaluation[] = [
  { policy: 'idle', mean: 0, stderr: 0, turns: 1 },
  { policy: 'untrained', mean: 0.0031, stderr: 0.0009, turns: 118.4 },
  { policy: 'sft-truncated', mean: 0.1973, stderr: 0.0061, turns: 31.2 },
  { policy: 'sft', mean: 0.4634, stderr: 0.0163, turns: 57.9 },
  { policy: 'teacher', mean: 0.5467, stderr: 0.0149, turns: 50.3 },
].map((row) => ({ ...row, suite: 'heldout', n: 96, seconds: row.turns * 16.2 }));

/** A report as a small run has it, with a stage of every kind and one that fell short. */
export const sampleReport = (changes: Partial<Report> = {}): Report => ({
  run: 'micro',
  recipe: { name: 'micro', hash: 'f3a9c1d27be04c55a8f0e6b9d4417c3e22f9b7a1c05d8e6f4a3b2c1d0e9f8a7b' },
  ledger: addCounts(STAGES),
  stages: STAGES,
  evaluations: EVALUATIONS,
  cost: { usd: 0, inputTokens: 48_211_904, outputTokens: 1_204_511, sandboxSeconds: 7421, gpuSeconds: 0 },
  notes: [
    'The teacher is a scripted program, not a language model.',
    '3 rollouts ran without isolation (LONGHAUL_UNSAFE_SANDBOX=1).',
  ],
  ...changes,
});
