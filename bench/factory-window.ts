import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { poolProcesses, poolQueues } from '../cli/pools.ts';
import type { ProcessSpec } from '../cli/supervisor/process-spec.ts';
import type { Environment } from '../config/environment.ts';
import type { StageReport } from '../core/report.ts';
import { cpuSeconds } from './cpu.ts';
import { withCluster } from './cluster.ts';
import { atMost, type Figure } from './figure.ts';

const PAPERS = 2000;
const SLOTS = 64;
const CALL_SECONDS = 0.9;
/** Contributions, a level, weights, addendum, review. */
const CALLS = 5;
/** A tenth more than the slots: while one paper ends and another begins, a third has its place. */
const ADMITTED = 72;

export const simulatedRecipe = (factory: object): object => ({
  name: 'bench',
  models: { builder: { type: 'anthropic', model: 'simulated' } },
  factory: {
    sources: [{ source: 'local', folder: 'nowhere' }],
    models: { builder: 'builder' },
    filters: [],
    rubric: { maxLeafShare: 0.5 },
    ...factory,
  },
});

/** Thousands of papers through the factory with a simulated model, against the time that its calls alone take. */
export async function factoryWindow(): Promise<Figure[]> {
  return withCluster(
    {
      trainer: false,
      pools: (environment) => (address) => ({
        processes: processes(environment, address),
        queues: poolQueues(environment, ['orchestrator', 'research']),
      }),
    },
    ({ client, environment }) => measure(client, environment),
  );
}

function processes(environment: Environment, address: string): ProcessSpec[] {
  const [orchestrator, research] = poolProcesses(environment, ['orchestrator', 'research'], address);
  if (!orchestrator || !research) throw new Error('a pool has no process');
  const script = join(environment.root, 'dist/bench/simulated-research.js');
  const given = [PAPERS, CALL_SECONDS, SLOTS].map(String);
  return [orchestrator, { ...research, command: [process.execPath, script, ...given] }];
}

async function measure(client: Client, { queue: taskQueue, home }: Environment): Promise<Figure[]> {
  // One call of a paper at a time: then a slot is a call, and the bound is what the calls alone take.
  const recipe = simulatedRecipe({ concurrency: ADMITTED, callsPerPaper: 1 });
  const handle = await client.workflow.start('researchFactory', { workflowId: 'bench', taskQueue, args: [recipe] });
  const before = await cpuSeconds(home);
  const { seconds, papers } = (await handle.result()) as StageReport;
  const used = Object.entries(await cpuSeconds(home)).map(([name, after]) => [
    `CPU of ${name}`,
    after - (before[name] ?? 0),
  ]);
  const bound = (PAPERS * CALLS * CALL_SECONDS) / SLOTS;
  return [
    {
      ...atMost(
        `makespan of ${PAPERS} papers of ${CALLS} calls of ${CALL_SECONDS} s on ${SLOTS} slots, times its bound`,
        seconds / bound,
        1.3,
      ),
      unit: '×',
      ok: seconds / bound <= 1.3 && papers?.made === PAPERS,
      detail: {
        seconds,
        bound,
        made: papers?.made ?? 0,
        longestHistory: await longestHistory(client),
        ...(Object.fromEntries(used) as Record<string, number>),
      },
    },
  ];
}

async function longestHistory(client: Client): Promise<number> {
  let most = 0;
  for await (const { historyLength } of client.workflow.list({ query: 'WorkflowType="researchFactory"' })) {
    most = Math.max(most, historyLength ?? 0);
  }
  return most;
}
