import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { readEnvironment, type Environment } from '../config/environment.ts';
import { createLogger } from '../config/logger.ts';
import { POOLS } from '../core/names.ts';
import { readArguments } from './arguments.ts';
import { startCluster, type ClusterOptions } from './cluster.ts';
import { poolProcesses, poolQueues } from './pools.ts';
import { withPorts } from './port-option.ts';
import { ensureTools } from './setup/tools.ts';
import { aborted, untilStopped } from './until-stopped.ts';

/** `npm run up`: the dev server, its UI and all pools until SIGTERM or Ctrl-C. */
export async function run(args: string[]): Promise<number> {
  const { values } = readArguments('up', args, { port: { type: 'string' } });
  const environment = withPorts(readEnvironment(packageRoot()), values.port);
  const { temporal } = await ensureTools(environment);
  await keepUp({ environment, command: 'up', binary: temporal.path, pools: allPools(environment) });
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

export const allPools =
  (environment: Environment): ClusterOptions['pools'] =>
  (address) => ({ processes: poolProcesses(environment, POOLS, address), queues: poolQueues(environment) });
