import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../core/search-attributes.ts';

/** The binary that set-up has put in place. */
export function temporalCli(): string {
  const cached = join(homedir(), '.cache/longhaul/temporal-1.8.2/temporal');
  const found = [process.env.TEMPORAL_CLI_PATH, cached].find((file) => file !== undefined && existsSync(file));
  if (!found) throw new Error('there is no temporal binary: `npm run setup` puts one in place');
  return found;
}

export interface DevServerOptions {
  searchAttributes?: boolean;
  /** Dynamic configuration, `name=value` each. */
  config?: string[];
}

/** A dev server in memory on a free port, ready to answer. */
export async function startDevServer({ searchAttributes = true, config = [] }: DevServerOptions = {}): Promise<{
  address: string;
  server: ChildProcess;
}> {
  const port = await freePort();
  const attributes = Object.entries(searchAttributes ? SEARCH_ATTRIBUTES : {}).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  const server = spawn(
    temporalCli(),
    [
      'server',
      'start-dev',
      '--headless',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--log-level',
      'error',
      ...['matching.enableFairness=true', ...config].flatMap((value) => ['--dynamic-config-value', value]),
      ...attributes,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const address = `127.0.0.1:${port}`;
  await answering(address, server);
  return { address, server };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (typeof address !== 'object' || !address) throw new Error('no free port');
  return address.port;
}

async function answering(address: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`the dev server ended with ${server.exitCode}`);
    try {
      const connection = await Connection.connect({ address, connectTimeout: '1s' });
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      return await connection.close();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
