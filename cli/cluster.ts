import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { sweepScratch } from '../activities/scratch.ts';
import { ASIDE } from '../activities/store.ts';
import type { Environment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { seconds } from '../core/duration.ts';
import { refuseFullDisk } from './disk.ts';
import { addressOf, devServerProcess, uiOf } from './server/dev-server.ts';
import { freePort } from './server/ports.ts';
import { keepHistories, serverReady, workersReady, type Queue } from './server/ready.ts';
import { claimHome } from './supervisor/claim.ts';
import type { ProcessSpec } from './supervisor/process-spec.ts';
import { supervise, type SupervisorEvent } from './supervisor/supervise.ts';
import { sweepHome } from './supervisor/sweep.ts';
import { UserError } from './user-error.ts';

const READY_SECONDS = 60;

export interface Cluster {
  /** `HOST:PORT` of the server. */
  temporal: string;
  ui: string;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  environment: Environment;
  /** Which command this is, for whoever tries to start a second one. */
  command: string;
  /** The temporal binary. */
  binary: string;
  /** The workers, and the queues that are polled once they run. */
  pools(address: string): { processes: ProcessSpec[]; queues: Queue[] };
  onEvent?: (event: SupervisorEvent) => void;
}

/** The dev server and all pools of a home, up and polling; throws a sentence where they cannot be. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { environment, command, binary } = options;
  const { home } = environment;
  refuseFullDisk(home, environment.minFreeMb);
  const graceMs = seconds(environment.stopGrace) * 1000;
  const claim = await claimHome(home, command);
  const { pids, logs } = homePaths(home);
  const failed = new AbortController();
  const supervisor = supervise({ pids, logs, graceMs, onEvent: (event) => noteEvent(event) });
  let ready = false;
  function noteEvent(event: SupervisorEvent): void {
    options.onEvent?.(event);
    if (ready || event.type !== 'ended') return;
    failed.abort(
      new UserError(`${event.process} ended as soon as it started:\n${tailOf(join(logs, `${event.process}.log`))}`),
    );
  }
  const stop = async (): Promise<void> => {
    await supervisor.stop();
    await sweepFiles(home);
    claim.release();
  };
  try {
    await sweepHome(home, graceMs);
    await sweepFiles(home);
    const signal = AbortSignal.any([failed.signal, tooLate(logs)]);
    const ports = await choosePorts(environment);
    const server = { binary, home, ...ports };
    supervisor.keep(devServerProcess(server));
    await serverReady(addressOf(server), signal);
    const { processes, queues } = options.pools(addressOf(server));
    for (const process of processes) supervisor.keep(process);
    await settle(addressOf(server), queues, signal);
    ready = true;
    const where = { temporal: addressOf(server), ui: uiOf(server) };
    claim.announce(where);
    return { ...where, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What processes of this home were making when they died. */
async function sweepFiles(home: string): Promise<void> {
  const { scratch, store } = homePaths(home);
  await sweepScratch(scratch);
  await sweepScratch(join(store, ASIDE));
}

async function settle(address: string, queues: Queue[], signal: AbortSignal): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await keepHistories(connection);
    await workersReady(connection, queues, signal);
  } finally {
    await connection.close();
  }
}

async function choosePorts({ port, uiPort }: Environment): Promise<{ port: number; uiPort: number }> {
  const chosen = await freePort(port, { what: 'the dev server', variable: '--port or LONGHAUL_PORT' });
  return { port: chosen, uiPort: await freePort(uiPort, { what: 'the Web UI', variable: 'LONGHAUL_UI_PORT' }) };
}

function tooLate(logs: string): AbortSignal {
  const late = new AbortController();
  const reason = new UserError(
    `the dev server and the pools were not ready after ${READY_SECONDS} s: see the logs in ${logs}`,
  );
  setTimeout(() => late.abort(reason), READY_SECONDS * 1000).unref();
  return late.signal;
}

/** The last lines of a log. */
function tailOf(file: string, bytes = 2000): string {
  const { size } = statSync(file);
  const buffer = Buffer.alloc(Math.min(size, bytes));
  const handle = openSync(file, 'r');
  readSync(handle, buffer, 0, buffer.length, size - buffer.length);
  closeSync(handle);
  return buffer.toString().trim().split('\n').slice(-8).join('\n');
}
