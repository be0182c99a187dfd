import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { poolProcesses, poolQueues } from '../cli/pools.ts';
import type { ProcessSpec } from '../cli/supervisor/process-spec.ts';
import type { Environment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { mean } from '../core/statistics.ts';
import { withCluster, type BenchCluster } from './cluster.ts';
import { atLeast, atMost, type Figure } from './figure.ts';
import { afterShare, gradedPerSecond, judgedKey, longestQueue, waits, type Judged } from './judged.ts';

const SLOTS = 64;
/** Submissions of a second each: four in a second. */
const JUDGE_SLOTS = 4;
const JUDGE_QUEUE = 16;

interface Wave {
  rollouts: number;
  timeout: string;
  admission: object;
}

const recipe = (run: string, { rollouts, timeout, admission }: Wave) => ({
  name: run,
  tasks: { type: 'micropapers', train: rollouts / 8, heldout: 1 },
  policies: { teacher: { type: 'scripted' } },
  admission,
  stages: [
    { type: 'distill', policy: 'teacher', rolloutsPerTask: 8, timeout, concurrency: SLOTS, accept: { minScore: 0 } },
  ],
});

/** What spreading and holding back spare a judge that is the narrowest place, with simulated rollouts and a simulated judge. */
export async function judgeQueue(): Promise<Figure[]> {
  return withCluster(
    {
      trainer: false,
      variables: { LONGHAUL_ROLLOUT_SLOTS: String(SLOTS), LONGHAUL_JUDGE_SLOTS: String(JUDGE_SLOTS) },
      pools: (environment) => (address) => ({
        processes: processes(environment, address),
        queues: poolQueues(environment, ['orchestrator', 'rollout', 'judge']),
      }),
    },
    async (cluster) => [await spreading(cluster), ...(await holdingBack(cluster))],
  );
}

function processes(environment: Environment, address: string): ProcessSpec[] {
  const [orchestrator, rollout] = poolProcesses(environment, ['orchestrator', 'rollout'], address);
  if (!orchestrator || !rollout) throw new Error('a pool has no process');
  const script = join(environment.root, 'dist/bench/simulated-judge.js');
  return [orchestrator, { ...rollout, command: [process.execPath, script] }];
}

/** A full wave whose timeout cuts every rollout: all at once, and begun evenly over the timeout. */
async function spreading(cluster: BenchCluster): Promise<Figure> {
  const wave = { rollouts: SLOTS, timeout: '20s' };
  const together = waits(await play(cluster, 'together', { ...wave, admission: {} }));
  const spread = waits(await play(cluster, 'spread', { ...wave, admission: { spread: '20s' } }));
  const share = (mean(spread) ?? 0) / (mean(together) ?? 1);
  return {
    ...atMost(
      `mean wait for the judge of ${SLOTS} rollouts that their timeout cuts, spread over it, against together`,
      share,
      0.5,
    ),
    unit: '×',
    detail: {
      'spread s': mean(spread) ?? 0,
      'together s': mean(together) ?? 0,
      'longest spread s': Math.max(...spread),
      'longest together s': Math.max(...together),
    },
  };
}

/** Rollouts that come three times as fast as they are graded, with and without a limit on those that wait. */
async function holdingBack(cluster: BenchCluster): Promise<Figure[]> {
  const flood = { rollouts: 4 * SLOTS, timeout: '5s' };
  const free = await play(cluster, 'free', { ...flood, admission: { judgeQueue: 500 } });
  const held = await play(cluster, 'held', { ...flood, admission: { judgeQueue: JUDGE_QUEUE, judgeAfter: '1s' } });
  const [freeLater, heldLater] = [afterShare(free, 0.5), afterShare(held, 0.5)];
  const [perSecond, freely] = [gradedPerSecond(held), gradedPerSecond(free)];
  return [
    {
      ...atMost(
        `rollouts that wait for a slow judge at most, ${JUDGE_QUEUE} allowed`,
        longestQueue(heldLater),
        2 * JUDGE_QUEUE,
      ),
      unit: 'rollouts',
      detail: {
        without: longestQueue(freeLater),
        'mean wait s': mean(waits(heldLater)) ?? 0,
        'mean wait without s': mean(waits(freeLater)) ?? 0,
      },
    },
    {
      ...atLeast('grades in a second of a slow judge, holding back against not', perSecond / freely, 0.95),
      unit: '×',
      detail: { 'held per s': perSecond, 'free per s': freely },
    },
  ];
}

async function play({ environment, play }: BenchCluster, run: string, wave: Wave): Promise<Judged[]> {
  await play(run, recipe(run, wave));
  const text = readFileSync(join(homePaths(environment.home).store, judgedKey(run)), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Judged);
}
