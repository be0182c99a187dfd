import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { startCluster } from '../cli/cluster.ts';
import { poolProcesses } from '../cli/pools.ts';
import { ensureTools } from '../cli/setup/tools.ts';
import { readEnvironment, type Environment } from '../config/environment.ts';
import { poolQueue } from '../core/names.ts';
import type { RunStatus } from '../core/status.ts';
import { atMost, type Figure } from './figure.ts';

const ROLLOUTS = 500;
const SLOTS = 100;
const ROLLOUT_SECONDS = 2;

const recipe = {
  name: 'bench',
  tasks: { type: 'micropapers', train: ROLLOUTS / 10, heldout: 1 },
  policies: { teacher: { type: 'scripted' } },
  stages: [
    {
      type: 'distill',
      policy: 'teacher',
      rolloutsPerTask: 10,
      timeout: '60s',
      concurrency: 200,
      accept: { minScore: 0 },
    },
  ],
};

/** A stage of simulated rollouts on the dev server against its bound, and the history that one rollout leaves. */
export async function stage(): Promise<Figure[]> {
  const home = await mkdtemp(join(tmpdir(), 'longhaul-bench-'));
  const root = packageRoot();
  const environment = readEnvironment(root, {
    ...process.env,
    LONGHAUL_HOME: home,
    LONGHAUL_PORT: '0',
    LONGHAUL_ROLLOUT_SLOTS: String(SLOTS),
  });
  const { temporal } = await ensureTools(environment);
  const pools = (address: string) => ({ processes: processes(environment, address), queues: queues(environment) });
  const cluster = await startCluster({ environment, command: 'bench', binary: temporal.path, pools });
  try {
    return await measure(cluster.temporal, environment.queue);
  } finally {
    await cluster.stop();
    await rm(home, { recursive: true, force: true });
  }
}

function processes(environment: Environment, address: string) {
  const [orchestrator, rollout] = poolProcesses(environment, ['orchestrator', 'rollout'], address);
  if (!orchestrator || !rollout) throw new Error('a pool has no process');
  const script = join(environment.root, 'dist/bench/simulated-pool.js');
  const slots = { ...rollout.environment, LONGHAUL_ROLLOUT_SLOTS: String(SLOTS) };
  return [orchestrator, { ...rollout, command: [process.execPath, script], environment: slots }];
}

const queues = ({ queue }: Environment) => [
  { name: queue, kind: 'workflow' as const },
  ...(['orchestrator', 'rollout', 'judge'] as const).map((pool) => ({
    name: poolQueue(queue, pool),
    kind: 'activity' as const,
  })),
];

async function measure(address: string, taskQueue: string): Promise<Figure[]> {
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection });
    const handle = await client.workflow.start('train', { workflowId: 'bench', taskQueue, args: [recipe] });
    const status = (await handle.result()) as RunStatus;
    const [played] = status.stages;
    const seconds = (Date.parse(played?.endedAt ?? '') - Date.parse(played?.startedAt ?? '')) / 1000;
    const bound = (ROLLOUTS / SLOTS) * ROLLOUT_SECONDS;
    const events = await longestRollout(client);
    return [
      {
        ...atMost(
          `makespan of ${ROLLOUTS} rollouts of ${ROLLOUT_SECONDS} s on ${SLOTS} slots, times its bound`,
          seconds / bound,
          1.5,
        ),
        unit: '×',
        detail: { seconds, bound, scored: status.scored },
      },
      { ...atMost('history events of one rollout', events, 30), unit: 'events', detail: {} },
    ];
  } finally {
    await connection.close();
  }
}

async function longestRollout(client: Client): Promise<number> {
  let most = 0;
  for await (const { historyLength } of client.workflow.list({ query: 'WorkflowType="rollout"' })) {
    most = Math.max(most, historyLength ?? 0);
  }
  return most;
}
