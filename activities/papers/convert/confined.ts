import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import process from 'node:process';
import { probeBubblewrap } from '../../sandboxes/probe.ts';

/** How programs that open other people's files are kept in: bubblewrap, or why there is none. */
export type Confinement = { bwrap: string } | { bwrap: null; reason: string };

export async function findConfinement(bwrap = '/usr/bin/bwrap'): Promise<Confinement> {
  const probe = await probeBubblewrap({ bwrap });
  return probe.ok ? { bwrap } : { bwrap: null, reason: probe.reason };
}

export interface Confined {
  command: readonly string[];
  /** What it may read beside the system's own folders. */
  readable: readonly string[];
  /** It may read everything, as a program that an operator has configured. */
  trusted?: boolean;
  /** The one folder that it may write. */
  writable: string;
  limits: { seconds: number; memoryMb: number; fileMb: number };
  signal?: AbortSignal | undefined;
}

export interface ConfinedEnd {
  code: number | null;
  /** What cut it, or null where it ended by itself. */
  cut: 'time' | 'memory' | null;
  stderr: string;
}

/** Milliseconds between two looks at its memory. */
const LOOK_EVERY = 200;
const KEPT_STDERR = 4000;

/** Runs a program without network, with limits of time, memory and file size. An abort kills it and rejects. */
export async function runConfined(confinement: Confinement, job: Confined): Promise<ConfinedEnd> {
  job.signal?.throwIfAborted();
  const [file = '', ...args] = argumentsOf(confinement, job);
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], env: environmentOf(), detached: true });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-KEPT_STDERR)));
  let cut: ConfinedEnd['cut'] = null;
  const kill = (): void => killAll(child.pid);
  const timer = setTimeout(() => {
    cut = 'time';
    kill();
  }, job.limits.seconds * 1000);
  const watch = setInterval(() => {
    if (residentMb(child.pid) <= job.limits.memoryMb) return;
    cut = 'memory';
    kill();
  }, LOOK_EVERY);
  job.signal?.addEventListener('abort', kill);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) =>
        reject(new Error(`${file} could not be started: ${error.message}`, { cause: error })),
      );
      child.once('close', (status) => resolve(status));
    });
    job.signal?.throwIfAborted();
    // The program itself did not even start.
    if (/^bwrap: /m.test(stderr) && cut === null) throw new Error(`bubblewrap could not confine it: ${stderr.trim()}`);
    return { code, cut, stderr: stderr.trim() };
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    job.signal?.removeEventListener('abort', kill);
  }
}

function argumentsOf(confinement: Confinement, job: Confined): string[] {
  const { command, readable, writable, limits } = job;
  const files = Math.max(1, Math.round(limits.fileMb * 2048));
  const shell = `ulimit -f ${files}; ulimit -c 0; ulimit -t ${limits.seconds + 5}; exec "$@"`;
  const limited = ['/bin/sh', '-c', shell, 'sh', ...command];
  if (confinement.bwrap === null) return limited;
  const options: readonly (readonly string[])[] = [
    ['--unshare-all'],
    ['--die-with-parent'],
    ['--new-session'],
    ['--cap-drop', 'ALL'],
    ...(job.trusted ? [['--ro-bind', '/', '/']] : system()),
    ['--proc', '/proc'],
    ['--dev', '/dev'],
    ['--tmpfs', '/tmp'],
    // After /tmp, in which they may lie; elsewhere the whole is there already for a program that is trusted.
    ...readable.filter((path) => !job.trusted || path.startsWith('/tmp/')).map((path) => ['--ro-bind', path, path]),
    ['--bind', writable, writable],
    ['--chdir', writable],
  ];
  return [confinement.bwrap, ...options.flat(), ...limited];
}

/** What programs need to run. */
function system(): string[][] {
  const folders = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/etc/ld.so.cache', '/etc/alternatives'];
  return folders.filter((path) => existsSync(path)).map((path) => ['--ro-bind', path, path]);
}

/** Where Node itself lies, which may be in somebody's home. */
export const nodeFolder = (): string => dirname(dirname(process.execPath));

const environmentOf = (): Record<string, string> => ({
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: homedir(),
  LANG: 'C.UTF-8',
});

/** A process that was started as the head of a group, and everything under it. */
function killAll(pid: number | undefined): void {
  if (pid === undefined) return;
  for (const one of [...descendants(pid), -pid]) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
}

/** Memory of a process and of all under it. */
function residentMb(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const pages = [pid, ...descendants(pid)].reduce(
    (sum, one) => sum + Number(lookUp(`/proc/${one}/statm`).split(' ')[1] ?? 0),
    0,
  );
  return (pages * 4096) / 2 ** 20;
}

function descendants(pid: number): number[] {
  const children = lookUp(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [...descendants(child), child]);
}

/** Empty where the process is gone, or where there is no /proc. */
function lookUp(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
