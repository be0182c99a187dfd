import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, type Worker } from '@temporalio/worker';
import type { Logger } from '../config/logger.ts';
import { onRequestToStop } from './stop-requests.ts';

/** A worker process: its log, its workers, and its end. */
export interface Served {
  log: Logger;
  /** Aborted at the first request to stop: long activities let go after the turn in flight. */
  draining: AbortController;
  create(connection: NativeConnection, namespace: string): Promise<Worker[]>;
  /** Ends what the workers' activities have kept warm, once they are through. */
  close?(): Promise<void>;
}

/**
 * Runs workers until SIGTERM, SIGINT or the end of the parent process, then lets them finish what is in flight. Where the
 * server is follows the Temporal CLI's own configuration (TEMPORAL_ADDRESS, profiles).
 */
export function serve(served: Served): void {
  run(served).catch((error: unknown) => {
    served.log.error('worker failed', { error: String(error) });
    process.exitCode = 1;
  });
}

async function run({ log, draining, create, close }: Served): Promise<void> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await NativeConnection.connect(connectionOptions);
  try {
    const workers = await create(connection, namespace);
    onRequestToStop((reason) => {
      if (draining.signal.aborted) return;
      log.info('worker stops', { reason });
      draining.abort();
      for (const worker of workers) worker.shutdown();
    });
    log.info('worker runs', { queues: workers.map((worker) => worker.options.taskQueue) });
    await Promise.all(workers.map((worker) => worker.run()));
    log.info('worker stopped');
  } finally {
    await close?.();
    await connection.close();
    // The channel to the parent would keep this process alive.
    if (process.connected) process.disconnect();
  }
}
