import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { readEnvironment, type Environment } from '../config/environment.ts';
import { createLogger } from '../config/logger.ts';
import type { Pool } from '../core/names.ts';
import { readArguments } from './arguments.ts';
import { startCluster, type ClusterOptions } from './cluster.ts';
import { say } from './bootstrap/step.cjs';
import { poolProcesses, poolQueues, poolsWith } from './pools.ts';
import { withPorts } from './port-option.ts';
import { ensureTools } from './setup/tools.ts';
import { ensureTrainer } from './setup/trainer.ts';
import { aborted, untilStopped } from './until-stopped.ts';
import { describeError } from './user-error.ts';

/** `npm run up`: the dev server, its UI and all pools until SIGTERM or Ctrl-C. */
export async function run(args: string[]): Promise<number> {
  const { values } = readArguments('up', args, { port: { type: 'string' } });
  const environment = withPorts(readEnvironment(packageRoot()), values.port);
  const { temporal } = await ensureTools(environment);
  const pools = poolsWith({ trainer: await hasTrainer(environment), research: true });
  await keepUp({ environment, command: 'up', binary: temporal.path, pools: workersOf(environment, pools) });
  return 0;
}

/** Prints one line once everything polls, and stops it all when asked to. */
export async function keepUp(options: ClusterOptions): Promise<void> {
  const log = createLogger(options.environment.logLevel);
  const onEvent: ClusterOptions['onEvent'] = ({ type, ...event }) =>
    type === 'ended' ? log.warn('process ended', event) : log.debug('process started', event);
  const cluster = await startCluster({ onEvent, ...options });
  const stopped = untilStopped();
  process.stdout.write(`ready temporal=${cluster.temporal} ui=${cluster.ui}\n`);
  await aborted(stopped);
  await cluster.stop();
}

/** Where the trainer cannot be set up, what needs none goes on: runs that train then wait for its pool. */
async function hasTrainer(environment: Environment): Promise<boolean> {
  try {
    return (await ensureTrainer(environment)) !== null;
  } catch (error) {
    say(`no trainer pool: ${describeError(error).text}`);
    return false;
  }
}

/** The workers of these pools, and the queues that are polled once they run. */
export const workersOf =
  (environment: Environment, pools: readonly Pool[]): ClusterOptions['pools'] =>
  (address) => ({
    processes: poolProcesses(environment, pools, address),
    queues: poolQueues(environment, pools),
  });
