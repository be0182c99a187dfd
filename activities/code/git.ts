import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface GitLimits {
  seconds: number;
  maxMb: number;
  signal?: AbortSignal | undefined;
}

/** A repository that cannot be had: a fact about the paper, not a failure of ours. */
export class GitError extends Error {}

/** Nothing of a repository, and nothing of this machine's own configuration, runs or is followed. */
const SAFE = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.symlinks', 'false'],
  ['core.askPass', '/bin/true'],
  ['credential.helper', ''],
  ['protocol.allow', 'never'],
  ['protocol.https.allow', 'always'],
  ['protocol.http.allow', 'always'],
  ['protocol.file.allow', 'always'],
  ['fetch.fsckObjects', 'true'],
  ['fetch.recurseSubmodules', 'no'],
  ['http.followRedirects', 'initial'],
  ['http.lowSpeedLimit', '1000'],
  ['http.lowSpeedTime', '60'],
  ['gc.auto', '0'],
].flatMap(([name, value]) => ['-c', `${name}=${value}`]);

const ENVIRONMENT = (home: string): Record<string, string> => ({
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: home,
  LANG: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_LFS_SKIP_SMUDGE: '1',
  GIT_NO_LAZY_FETCH: '1',
  GIT_PROTOCOL_FROM_USER: '0',
});

const LOOK_EVERY = 250;

/** Fetches one commit of a repository, without its past and without a work tree; the commit that came. */
export async function fetchCommit(
  folder: string,
  { address, commit }: { address: string; commit: string | null },
  limits: GitLimits,
): Promise<string> {
  const run = (args: string[]): Promise<Buffer> => git(folder, args, limits);
  await run(['init', '--quiet', '--bare', '.']);
  await run([
    'fetch',
    '--quiet',
    '--depth',
    '1',
    '--no-tags',
    '--no-write-fetch-head',
    '--',
    address,
    `${commit ?? 'HEAD'}:refs/heads/taken`,
  ]);
  return (await run(['rev-parse', '--verify', 'refs/heads/taken^{commit}'])).toString('utf8').trim();
}

export interface TreeEntry {
  mode: string;
  type: string;
  object: string;
  /** Null for what has no bytes: a submodule. */
  size: number | null;
  path: string;
}

/** Everything in a commit. */
export async function listTree(folder: string, commit: string, limits: GitLimits): Promise<TreeEntry[]> {
  const listed = await git(folder, ['ls-tree', '-r', '-l', '-z', '--full-tree', commit], limits);
  return listed
    .toString('utf8')
    .split('\0')
    .filter(Boolean)
    .map((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', type = '', object = '', size = '-'] = line.slice(0, tab).split(/\s+/);
      return { mode, type, object, size: size === '-' ? null : Number(size), path: line.slice(tab + 1) };
    });
}

/** The bytes of a file, by its object. */
export const readBlob = (folder: string, object: string, limits: GitLimits): Promise<Buffer> =>
  git(folder, ['cat-file', 'blob', object], limits);

/** Runs git where nothing of the outside speaks into it; kills it when it takes too long or too much. */
async function git(folder: string, args: readonly string[], limits: GitLimits): Promise<Buffer> {
  limits.signal?.throwIfAborted();
  const child = spawn('git', [...SAFE, ...args], {
    cwd: folder,
    env: ENVIRONMENT(folder),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output: Buffer[] = [];
  let [errors, cut] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)));
  const stop = (why: string): void => {
    cut ||= why;
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  const timer = setTimeout(() => stop(`it took longer than ${limits.seconds} s`), limits.seconds * 1000);
  const watch = setInterval(() => {
    void folderMb(folder).then((size) => size > limits.maxMb && stop(`it has more than ${limits.maxMb} MB`));
  }, LOOK_EVERY);
  const abort = (): void => stop('aborted');
  limits.signal?.addEventListener('abort', abort);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => reject(new Error(`git could not be started: ${error.message}`, { cause: error })));
      child.once('close', (status) => resolve(status));
    });
    limits.signal?.throwIfAborted();
    if (cut !== '') throw new GitError(cut);
    if (code !== 0) throw new GitError(/^(?:fatal|error): .*$/m.exec(errors)?.[0] ?? `git ended with ${code}`);
    return Buffer.concat(output);
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    limits.signal?.removeEventListener('abort', abort);
  }
}

async function folderMb(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => stat(join(entry.parentPath, entry.name)).catch(() => ({ size: 0 }))),
  );
  return sizes.reduce((sum, { size }) => sum + size, 0) / 2 ** 20;
}
