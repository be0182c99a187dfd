import { loadClientConnectConfig } from '@temporalio/envconfig';
import { Connection } from '@temporalio/client';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { readEnvironment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { createLogger } from '../config/logger.ts';
import { seconds } from '../core/duration.ts';
import { POOLS, type Pool } from '../core/names.ts';
import { readArguments } from './arguments.ts';
import { refuseFullDisk } from './disk.ts';
import { poolProcesses, poolSizes } from './pools.ts';
import { isNewEnough, OLDEST_SERVER } from './setup/temporal-version.ts';
import { ensureWorkerTools } from './setup/tools.ts';
import { ensureTrainer } from './setup/trainer.ts';
import { nameOf, type ProcessSpec } from './supervisor/process-spec.ts';
import { supervise } from './supervisor/supervise.ts';
import { freeNumbers } from './supervisor/sweep.ts';
import { aborted, untilStopped } from './until-stopped.ts';
import { usageError, UserError } from './user-error.ts';

/** `npm run worker -- POOL…`: workers of these pools against the server that the Temporal CLI's configuration names, until SIGTERM. */
export async function run(args: string[]): Promise<number> {
  const { positionals } = readArguments('worker', args, {});
  const pools = positionals.map(asPool);
  const environment = readEnvironment(packageRoot());
  if (pools.length === 0) throw usageError('worker', `name at least one pool: ${POOLS.join(', ')}`);
  const idle = pools.find((pool) => poolSizes(environment)[pool] === 0);
  if (idle) throw new UserError(`the pool ${idle} has no devices: LONGHAUL_GPUS names them, such as LONGHAUL_GPUS=0,1`);
  await refuseOldServer();
  await ensureWorkerTools(environment);
  if (pools.includes('trainer')) await ensureTrainer(environment);
  refuseFullDisk(environment.home, environment.minFreeMb);

  const stopped = untilStopped();
  const log = createLogger(environment.logLevel);
  const { pids, logs } = homePaths(environment.home);
  const graceMs = seconds(environment.stopGrace) * 1000;
  const supervisor = supervise({
    pids,
    logs,
    graceMs,
    onEvent: ({ type, ...event }) => log[type === 'ended' ? 'warn' : 'info'](`process ${type}`, event),
  });
  const processes = await numbered(environment.home, poolProcesses(environment, pools, null));
  for (const process of processes) supervisor.keep(process);
  process.stdout.write(`working ${processes.map(nameOf).join(' ')} logs=${logs}\n`);
  await aborted(stopped);
  await supervisor.stop();
  return 0;
}

/** Other workers of this home keep their numbers. */
async function numbered(home: string, processes: ProcessSpec[]): Promise<ProcessSpec[]> {
  const result: ProcessSpec[] = [];
  for (const pool of new Set(processes.map((one) => one.pool))) {
    const members = processes.filter((one) => one.pool === pool);
    const numbers = await freeNumbers(home, pool, members.length);
    result.push(...members.map((member, index) => ({ ...member, number: numbers[index] as number })));
  }
  return result;
}

function asPool(name: string): Pool {
  const pool = POOLS.find((known) => known === name);
  if (!pool) throw usageError('worker', `there is no pool "${name}": ${POOLS.join(', ')}`);
  return pool;
}

/** Throws a sentence where nobody answers, or a server without what Longhaul uses. */
async function refuseOldServer(): Promise<void> {
  const { connectionOptions } = loadClientConnectConfig();
  const address = connectionOptions.address ?? '127.0.0.1:7233';
  const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '10s' }).catch(
    (error: unknown) => {
      throw new UserError(
        `no Temporal server answers at ${address} (${(error as Error).message}): set TEMPORAL_ADDRESS, or start one by \`npm run up\``,
      );
    },
  );
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  await connection.close();
  if (serverVersion && /^\d/.test(serverVersion) && !isNewEnough(serverVersion)) {
    throw new UserError(
      `the Temporal server at ${address} is ${serverVersion}: Longhaul needs ${OLDEST_SERVER} or newer`,
    );
  }
}
