import { join } from 'node:path';
import { poolProcesses, poolQueues } from '../cli/pools.ts';
import type { Report } from '../core/report.ts';
import type { RlStep } from '../core/rl-report.ts';
import { withCluster, type BenchCluster, type BenchOptions } from './cluster.ts';
import { atLeast, atMost, type Figure } from './figure.ts';

const SLOTS = 64;
/** Half as many again as the slots: what is being begun or judged holds none, and a slot that is left finds the next one waiting. */
const ADMITTED = 96;
const STEPS = 20;
/** Drained after every step, all steps are alike: fewer say as much. */
const STEPS_WITHOUT = 6;

/** Groups of eight; a batch of four rollouts for each slot. */
const recipe = (maxStaleness: number, steps: number, tasksPerStep = 32) => ({
  name: 'bench',
  tasks: { type: 'micropapers', train: 64, heldout: 1 },
  policies: {},
  student: { windows: { maxTokens: 192, overlap: 48, reserve: 26 }, sampling: { maxTokens: 10 } },
  rollout: { clock: { type: 'virtual' }, heartbeat: '60s' },
  stages: [
    { type: 'init', name: 'untrained', model: { mode: 'copying' } },
    {
      type: 'rl',
      from: 'untrained',
      tasksPerStep,
      rolloutsPerTask: 8,
      maxStaleness,
      concurrency: ADMITTED,
      curriculum: [{ timeout: '60s', steps }],
    },
  ],
});

/** RL on simulated rollouts of heavy-tailed durations: how busy its slots are, with carry-over and without. */
export const rlSlots = (): Promise<Figure[]> => withCluster(OPTIONS, measureSlots);

/** What one step of RL leaves in the history of its stage: rollouts end one by one, which is the worst for it. */
export const rlHistory = (): Promise<Figure[]> => withCluster(OPTIONS, measureHistory);

/** Two processes, as the real pools have their own: one for the workflows, one for all activities, which only wait. */
const OPTIONS: BenchOptions = {
  trainer: false,
  variables: { LONGHAUL_ROLLOUT_SLOTS: String(SLOTS), LONGHAUL_JUDGE_SLOTS: String(SLOTS) },
  pools: (environment) => (address) => {
    const [orchestrator, rollout] = poolProcesses(environment, ['orchestrator', 'rollout'], address);
    if (!orchestrator || !rollout) throw new Error('a pool has no process');
    const command = [process.execPath, join(environment.root, 'dist/bench/simulated-rl.js')];
    const queues = poolQueues(environment, ['orchestrator', 'rollout', 'judge', 'trainer']);
    const workflows = { ...orchestrator, command: [...command, 'workflows'] };
    return { processes: [workflows, { ...rollout, command: [...command, 'activities'] }], queues };
  },
};

async function measureSlots(cluster: BenchCluster): Promise<Figure[]> {
  const carrying = await measured(cluster, 'carry', recipe(1, STEPS));
  const draining = await measured(cluster, 'drain', recipe(0, STEPS_WITHOUT));
  const detail = { 'without carry-over': draining.utilisation, steps: STEPS, rolloutsPerStep: 256 };
  return [
    {
      ...atLeast(`slots in use over an RL stage of ${STEPS} steps, ${SLOTS} slots`, carrying.utilisation, 0.95),
      unit: 'share',
      detail,
    },
    {
      figure: 'share of the time in which the trainer of an RL stage is idle',
      value: carrying.idle,
      unit: 'share',
      bound: 'reported',
      ok: true,
      detail: { 'without carry-over': draining.idle },
    },
  ];
}

async function measureHistory(cluster: BenchCluster): Promise<Figure[]> {
  const carrying = await measured(cluster, 'carry', recipe(1, 4, 8));
  const draining = await measured(cluster, 'drain', recipe(0, 2, 8));
  const detail = { 'without carry-over': draining.events };
  return [{ ...atMost('history events of a step of RL, 64 rollouts', carrying.events, 600), unit: 'events', detail }];
}

interface Measured {
  /** Share of the slots' seconds in which a rollout was played. */
  utilisation: number;
  idle: number;
  /** Of the longest execution. */
  events: number;
}

async function measured({ play, client }: BenchCluster, run: string, given: object): Promise<Measured> {
  const stage = stageOf(await play(run, given));
  const steps = stage.rl?.steps ?? [];
  const seconds = steps.reduce((sum, step) => sum + step.seconds.total, 0);
  const trained = steps.reduce((sum, step) => sum + step.seconds.train, 0);
  let events = 0;
  const query = `WorkflowType="rlStage" and LonghaulRun="${run}"`;
  for await (const { historyLength } of client.workflow.list({ query })) events = Math.max(events, historyLength ?? 0);
  return { utilisation: playedSeconds(steps) / (SLOTS * wallSeconds(steps)), idle: 1 - trained / seconds, events };
}

function stageOf({ stages }: Report) {
  const found = stages.find(({ name }) => name === 'rl-60s');
  if (!found) throw new Error('the report has no RL stage');
  return found;
}

/** What the batches took their slots for: a simulated rollout is active all the time that it holds one. */
const playedSeconds = (steps: readonly RlStep[]): number =>
  steps.reduce((sum, { activeSeconds, score }) => sum + (activeSeconds ?? 0) * score.n, 0);

const wallSeconds = (steps: readonly RlStep[]): number =>
  (Date.parse(steps.at(-1)?.endedAt ?? '') - Date.parse(steps[0]?.startedAt ?? '')) / 1000;
