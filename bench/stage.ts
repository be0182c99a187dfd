import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { poolProcesses, poolQueues } from '../cli/pools.ts';
import type { ProcessSpec } from '../cli/supervisor/process-spec.ts';
import type { Environment } from '../config/environment.ts';
import type { RunStatus } from '../core/status.ts';
import { withCluster } from './cluster.ts';
import { atMost, type Figure } from './figure.ts';

const ROLLOUTS = 500;
const SLOTS = 100;
const ROLLOUT_SECONDS = 2;
/** A tenth more than the slots: what is being judged or begun holds none, and what waits in a queue costs the server. */
const ADMITTED = 110;

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
      concurrency: ADMITTED,
      accept: { minScore: 0 },
    },
  ],
};

/** A stage of simulated rollouts on the dev server against its bound, and the history that one rollout leaves. */
export async function stage(): Promise<Figure[]> {
  return withCluster(
    {
      trainer: false,
      variables: { LONGHAUL_ROLLOUT_SLOTS: String(SLOTS) },
      pools: (environment) => (address) => ({
        processes: processes(environment, address),
        queues: poolQueues(environment, ['orchestrator', 'rollout', 'judge']),
      }),
    },
    ({ client, environment }) => measure(client, environment.queue),
  );
}

function processes(environment: Environment, address: string): ProcessSpec[] {
  const [orchestrator, rollout] = poolProcesses(environment, ['orchestrator', 'rollout'], address);
  if (!orchestrator || !rollout) throw new Error('a pool has no process');
  const script = join(environment.root, 'dist/bench/simulated-pool.js');
  return [orchestrator, { ...rollout, command: [process.execPath, script] }];
}

async function measure(client: Client, taskQueue: string): Promise<Figure[]> {
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
}

async function longestRollout(client: Client): Promise<number> {
  let most = 0;
  for await (const { historyLength } of client.workflow.list({ query: 'WorkflowType="rollout"' })) {
    most = Math.max(most, historyLength ?? 0);
  }
  return most;
}
