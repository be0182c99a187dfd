import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { poolProcesses, poolQueues } from '../cli/pools.ts';
import { childEnvironment, type Environment } from '../config/environment.ts';
import { createRandom } from '../core/random.ts';
import type { StageReport } from '../core/report.ts';
import { withCluster, type BenchCluster } from './cluster.ts';
import { simulatedRecipe } from './factory-window.ts';
import { atMost, type Figure } from './figure.ts';
import type { PaidCall } from './simulated-papers.ts';

const KILLS = 20;
const PAPERS = 24;
const CALL_SECONDS = 0.4;

/** What `kill -9` of a research worker with one call in flight costs: calls that are paid twice. */
export async function factoryKill(): Promise<Figure[]> {
  return withCluster(
    {
      trainer: false,
      pools: (environment) => (address) => ({
        processes: poolProcesses(environment, ['orchestrator'], address),
        queues: poolQueues(environment, ['orchestrator']),
      }),
    },
    measure,
  );
}

async function measure({ client, environment, address }: BenchCluster): Promise<Figure[]> {
  const worker = { now: startWorker(environment, address) };
  try {
    const recipe = simulatedRecipe({ concurrency: 1, callsPerPaper: 1, heartbeat: '2s' });
    const started = { workflowId: 'bench', taskQueue: environment.queue, args: [recipe] };
    const handle = await client.workflow.start('researchFactory', started);
    const kills = await killAtRandom(worker, { environment, address, handle });
    const { papers } = (await handle.result()) as StageReport;
    const { twice, written } = await paidTwice(environment.home);
    const detail = { kills, made: papers?.made ?? 0, papers: PAPERS };
    const ok = kills === KILLS && papers?.made === PAPERS;
    return [
      {
        ...atMost(`model calls paid twice after ${KILLS} kills of a worker with one call in flight`, twice, KILLS),
        unit: 'calls',
        ok: ok && twice <= KILLS,
        detail,
      },
      {
        ...atMost('model calls made although their answer was written', written, 0),
        unit: 'calls',
        ok: ok && written === 0,
        detail,
      },
    ];
  } finally {
    worker.now.kill('SIGKILL');
  }
}

interface Playing {
  environment: Environment;
  address: string;
  handle: WorkflowHandle;
}

/** Kills the worker at random moments, each after it has begun another call; returns how often. */
async function killAtRandom(worker: { now: ChildProcess }, { environment, address, handle }: Playing): Promise<number> {
  const random = createRandom(1);
  const over = handle.result().then(() => true);
  over.catch(() => undefined); // awaited by whoever asks for the result
  for (let kills = 0; kills < KILLS; kills += 1) {
    const before = (await bill(environment.home)).length;
    while ((await bill(environment.home)).length === before) {
      if (await Promise.race([over, delay(20, false)])) return kills;
    }
    // Within the next few calls: struck at each of them, one paper would be tried again ever more patiently.
    await delay(random.below(CALL_SECONDS * 4000));
    const ended = once(worker.now, 'exit');
    worker.now.kill('SIGKILL');
    await ended;
    worker.now = startWorker(environment, address);
  }
  return KILLS;
}

function startWorker(environment: Environment, address: string): ChildProcess {
  const script = join(environment.root, 'dist/bench/simulated-research.js');
  const args = ['--enable-source-maps', script, ...[PAPERS, CALL_SECONDS, 1].map(String)];
  const variables = { LONGHAUL_HOME: environment.home, TEMPORAL_ADDRESS: address };
  return spawn(process.execPath, args, { env: childEnvironment(variables), stdio: ['ignore', 'ignore', 'inherit'] });
}

async function bill(home: string): Promise<PaidCall[]> {
  const text = await readFile(join(home, 'bill.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PaidCall);
}

/** Calls that stand on the bill more than once, and those whose answer was in the store when they were made. */
async function paidTwice(home: string): Promise<{ twice: number; written: number }> {
  const calls = await bill(home);
  const different = new Set(calls.map(({ hash }) => hash)).size;
  return { twice: calls.length - different, written: calls.filter((call) => call.written).length };
}
