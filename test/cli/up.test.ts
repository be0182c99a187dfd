import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { afterEach, expect, test } from '@jest/globals';
import { scratchName } from '../../activities/scratch.ts';
import { isAlive } from '../../cli/bootstrap/process-mark.cjs';
import { SEARCH_ATTRIBUTES } from '../../core/search-attributes.ts';
import { temporalCli } from '../support/dev-server.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolders } from '../support/temporary.ts';
import { gone, otherThan } from './supervisor/processes.ts';

const folder = temporaryFolders();
const started: ChildProcess[] = [];
afterEach(() => Promise.all(started.splice(0).map(stop)));

interface Up {
  child: ChildProcess;
  home: string;
  text: { out: string; err: string };
  code: Promise<number | null>;
}

function up(variables: Record<string, string> = {}): Up {
  const home = variables['LONGHAUL_HOME'] ?? folder();
  const script = resolve('test/cli/up-with-fake-pools.ts');
  const child = spawn(process.execPath, ['-r', resolve('tools/typescript.cjs'), script, temporalCli()], {
    env: { ...process.env, LONGHAUL_HOME: home, LONGHAUL_PORT: '0', LONGHAUL_STOP_GRACE: '5s', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()));
  started.push(child);
  return { child, home, text, code: new Promise((ended) => child.once('close', ended)) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await new Promise((ended) => child.once('close', ended));
}

async function ready({ text, code }: Up): Promise<string> {
  let ended = false;
  void code.then(() => (ended = true));
  await eventually(() => ended || text.out.includes('\n'));
  const line = /^ready temporal=(\S+) ui=(http:\S+)\n$/.exec(text.out);
  if (!line) throw new Error(`not ready: ${text.out}${text.err}`);
  return line[1] ?? '';
}

const pidFile = (home: string, name: string): string => join(home, 'pids', `${name}.pid`);

test('up prints one line, has all search attributes and 90 days of histories, and leaves nothing on SIGTERM', async () => {
  const one = up();
  const connection = await Connection.connect({ address: await ready(one) });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
  const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
  await connection.close();
  expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 86_400);

  const server = await otherThan(pidFile(one.home, 'temporal.0'), 0);
  const worker = await otherThan(pidFile(one.home, 'rollout.0'), 0);
  one.child.kill('SIGTERM');
  expect(await one.code).toBe(0);
  expect([server, worker].filter((pid) => isAlive(pid))).toEqual([]);
  expect(readdirSync(join(one.home, 'pids'))).toEqual([]);
});

test('a dev server that was killed comes back at the same address', async () => {
  const one = up();
  const address = await ready(one);
  const before = await otherThan(pidFile(one.home, 'temporal.0'), 0);
  process.kill(before, 'SIGKILL');
  await otherThan(pidFile(one.home, 'temporal.0'), before);
  await eventually(async () => {
    const connection = await Connection.connect({ address, connectTimeout: '1s' }).catch(() => undefined);
    await connection?.close();
    return connection !== undefined;
  });
});

test('up that was killed leaves no process, and the next one on its home is ready', async () => {
  const one = up();
  await ready(one);
  const server = await otherThan(pidFile(one.home, 'temporal.0'), 0);
  const worker = await otherThan(pidFile(one.home, 'rollout.0'), 0);
  one.child.kill('SIGKILL');
  await ready(up({ LONGHAUL_HOME: one.home }));
  await gone(server);
  await gone(worker);
});

test('what processes were making when they died is gone once up is ready, and again when it has ended', async () => {
  const home = folder();
  const scratch = join(home, 'tmp');
  const [machine] = basename(await scratchName(scratch)).split('-');
  const leave = (): void => writeFileSync(join(scratch, `${machine}-999999999-1.x.tar.unfinished`), 'x');
  leave();
  const one = up({ LONGHAUL_HOME: home });
  await ready(one);
  expect(readdirSync(scratch)).toEqual([]);
  leave();
  one.child.kill('SIGTERM');
  expect(await one.code).toBe(0);
  expect(readdirSync(scratch)).toEqual([]);
});

test('a second up on the same home is refused in a sentence, and the first goes on', async () => {
  const one = up();
  await ready(one);
  const two = up({ LONGHAUL_HOME: one.home });
  expect(await two.code).toBe(1);
  expect(two.text.err).toMatch(/^`npm run up` \(process \d+\) is running in .* already: .*\n$/);
  expect(one.child.exitCode).toBeNull();
});

test('a port that is taken is named with who holds it', async () => {
  const holder = createServer();
  await new Promise<void>((listening) => holder.listen(0, '127.0.0.1', listening));
  const { port } = holder.address() as AddressInfo;
  const one = up({ LONGHAUL_PORT: String(port), LONGHAUL_UI_PORT: '0' });
  expect(await one.code).toBe(1);
  holder.close();
  const who = process.platform === 'linux' ? `process ${process.pid}` : '';
  expect(one.text.err).toContain(`port ${port} (the dev server) is taken by ${who}`);
  expect(readdirSync(join(one.home, 'pids'))).toEqual([]);
});

test('a disk that is all but full is refused before anything starts', async () => {
  const one = up({ LONGHAUL_MIN_FREE_MB: '999999999' });
  expect(await one.code).toBe(1);
  expect(one.text.err).toMatch(
    /^the disk of .* has \d+ MB free, and 999999999 MB are the least .*: free some space\n$/,
  );
});

test('a dev server that cannot start is told with the end of its log', async () => {
  const home = folder();
  writeFileSync(join(home, 'temporal.db'), 'this is no database');
  const one = up({ LONGHAUL_HOME: home });
  expect(await one.code).toBe(1);
  expect(one.text.err).toContain('temporal.0 ended as soon as it started:');
  expect(one.text.err).toMatch(/not a database/);
});
