import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { runProgram } from '../bootstrap/run-program.cjs';

const LISTENING = '0A';

/** Who listens on a port of this machine, for a person: `a Temporal server 1.29.1 (process 123, temporal)`; undefined where nobody can tell. */
export async function holderOf(port: number): Promise<string | undefined> {
  const [server, process] = await Promise.all([temporalServer(port), processOn(port)]);
  if (server && process) return `${server} (${process})`;
  return server ?? process;
}

/** Asks whether it speaks Temporal. */
async function temporalServer(port: number): Promise<string | undefined> {
  try {
    const connection = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: '2s' });
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    await connection.close();
    return `a Temporal server ${serverVersion}`;
  } catch {
    return undefined;
  }
}

async function processOn(port: number): Promise<string | undefined> {
  const inodes = [...listeners('/proc/net/tcp', port), ...listeners('/proc/net/tcp6', port)];
  const pid = inodes.length > 0 ? ownerOf(inodes) : await askLsof(port);
  return pid === undefined ? undefined : `process ${pid}${programOf(pid)}`;
}

/** Inodes of the sockets that listen on a port. */
function listeners(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return read(() => readFileSync(table, 'utf8'), '')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(wanted) && fields[3] === LISTENING)
    .map((fields) => fields[9] ?? '');
}

/** The first process that holds one of the sockets and lets itself be looked at. */
function ownerOf(inodes: string[]): number | undefined {
  const links = new Set(inodes.map((inode) => `socket:[${inode}]`));
  const pids = read(() => readdirSync('/proc'), []).filter((name) => /^\d+$/.test(name));
  const owner = pids.find((pid) => {
    const folder = `/proc/${pid}/fd`;
    return read(() => readdirSync(folder), []).some((fd) => links.has(read(() => readlinkSync(join(folder, fd)), '')));
  });
  return owner === undefined ? undefined : Number(owner);
}

async function askLsof(port: number): Promise<number | undefined> {
  const output = await runProgram(['lsof', '-t', `-iTCP:${port}`, '-sTCP:LISTEN']).catch(() => '');
  return Number.parseInt(output, 10) || undefined;
}

const programOf = (pid: number): string => {
  const name = read(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), '');
  return name === '' ? '' : `, ${name}`;
};

/** Processes come and go while they are looked at, and some are not ours to look at. */
function read<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
