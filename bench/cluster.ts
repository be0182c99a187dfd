import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { startCluster, type ClusterOptions } from '../cli/cluster.ts';
import { poolsWith, roomFor } from '../cli/pools.ts';
import { ensureTools } from '../cli/setup/tools.ts';
import { ensureTrainer } from '../cli/setup/trainer.ts';
import { aborted, untilStopped } from '../cli/until-stopped.ts';
import { workersOf } from '../cli/up.ts';
import { UserError } from '../cli/user-error.ts';
import { follow } from '../cli/watch/follow.ts';
import { newLines } from '../cli/watch/lines.ts';
import { childEnvironment, readEnvironment, type Environment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { keys } from '../core/names.ts';
import { report, type Report } from '../core/report.ts';
import type { RunStatus } from '../core/status.ts';

const LOOK_MS = 500;

/** The real dev server and pools in a temporary home, for a bench of recipes with a virtual clock. */
export interface BenchCluster {
  environment: Environment;
  /** Of the Temporal server. */
  address: string;
  client: Client;
  /** Plays a recipe to its end and hands its report over. */
  play(run: string, recipe: unknown): Promise<Report>;
}

export interface BenchOptions {
  trainer: boolean;
  variables?: Record<string, string>;
  /** Other workers than the real ones. */
  pools?(environment: Environment): ClusterOptions['pools'];
}

/** Runs the body with a cluster of its own, on free ports; nothing of it stays. */
export async function withCluster<T>(options: BenchOptions, body: (cluster: BenchCluster) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'longhaul-bench-'));
  const variables = childEnvironment({ LONGHAUL_HOME: home, LONGHAUL_PORT: '0', ...options.variables });
  const environment = readEnvironment(packageRoot(), variables);
  const { temporal } = await ensureTools(environment);
  if (options.trainer) await ensureTrainer(environment);
  const pools = options.pools?.(environment) ?? workersOf(roomFor(environment, true), poolsWith(options));
  const given = (address: string): ReturnType<ClusterOptions['pools']> => {
    const { processes, queues } = pools(address);
    return {
      processes: processes.map((one) => ({ ...one, environment: { ...one.environment, ...options.variables } })),
      queues,
    };
  };
  const cluster = await startCluster({ environment, command: 'bench', binary: temporal.path, pools: given });
  const connection = await Connection.connect({ address: cluster.temporal });
  const client = new Client({ connection });
  const play = async (run: string, recipe: unknown): Promise<Report> => {
    const options = { workflowId: run, taskQueue: environment.queue, args: [recipe] };
    await toItsEnd(await client.workflow.start('train', options));
    return readReport(home, run);
  };
  const stopped = untilStopped();
  const leave = aborted(stopped).then(() => {
    throw new UserError(`stopped by ${String(stopped.reason)}`, 130);
  });
  try {
    return await Promise.race([body({ environment, address: cluster.temporal, client, play }), leave]);
  } finally {
    await connection.close();
    await cluster.stop();
    await rm(home, { recursive: true, force: true });
  }
}

/** Tells on stderr how far it is; throws where it fails, or parks and would wait for an operator for ever. */
async function toItsEnd(handle: WorkflowHandle): Promise<void> {
  let before: RunStatus | undefined;
  const outcome = await follow(handle, {
    everyMs: LOOK_MS,
    signal: new AbortController().signal,
    async onStatus(now) {
      for (const line of newLines(before, now)) process.stderr.write(`${now.run}: ${line}\n`);
      before = now;
      if (now.state === 'parked') throw new Error(`${now.run} is parked: ${now.waitsFor}`);
    },
  });
  if (outcome.type === 'failed') throw new Error(`${handle.workflowId} failed: ${outcome.why}`);
}

async function readReport(home: string, run: string): Promise<Report> {
  return report.parse(JSON.parse(await readFile(join(homePaths(home).store, keys.report(run)), 'utf8')));
}
