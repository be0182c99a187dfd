import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBubblewrap } from '../../../activities/sandboxes/bubblewrap.ts';
import { MACHINE } from '../../../activities/scratch.ts';
import { folderOf } from '../../../activities/sandboxes/folders.ts';
import type { ExecRequest, Sandbox, SandboxProvider, SandboxSpec } from '../../../activities/sandboxes/sandbox.ts';

export const LIMITS = {
  processes: 32,
  memoryBytes: 256 << 20,
  cpuSeconds: 10,
  fileBytes: 64 << 20,
  workspaceBytes: 32 << 20,
  outputBytes: 20_000,
};

/** A specification with everything that a test does not care about. */
export function spec(over: Partial<SandboxSpec> = {}): SandboxSpec {
  return {
    id: 'test.one',
    labels: { run: 'test', rollout: 'one' },
    limits: LIMITS,
    mounts: [],
    environment: {},
    clock: 'real',
    idleSeconds: 60,
    ...over,
  };
}

/** Said once, by the first call after a restart. */
export const RESTARTED = '[the sandbox was restarted on its workspace; its background processes are gone]\n';

let count = 0;

/** Runs a command under a fresh call id. */
export function run(sandbox: Sandbox, command: string, over: Partial<ExecRequest> = {}) {
  count += 1;
  return sandbox.exec({ callId: `call-${count}`, command, epoch: 1, timeoutSeconds: 20, ...over });
}

/** The trimmed output of a command that must succeed, without what the sandbox itself says. */
export async function output(sandbox: Sandbox, command: string): Promise<string> {
  const result = await run(sandbox, command);
  if (result.exitCode !== 0) throw new Error(`${command}: ${result.ended} ${result.exitCode} ${result.output}`);
  return result.output.replace(RESTARTED, '').trim();
}

/** A home of its own for the body, removed afterwards with every sandbox in it. */
export async function withHome<T>(
  body: (home: string, provider: SandboxProvider) => Promise<T>,
  create: (options: { home: string }) => SandboxProvider = createBubblewrap,
): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'longhaul-sandbox-'));
  const provider = create({ home });
  try {
    return await body(home, provider);
  } finally {
    for (const { id } of await provider.list()) await provider.destroy(id);
    rmSync(home, { recursive: true, force: true });
  }
}

/** An open sandbox for the body. */
export async function withSandbox<T>(
  over: Partial<SandboxSpec>,
  body: (sandbox: Sandbox, place: { home: string; provider: SandboxProvider }) => Promise<T>,
  create?: (options: { home: string }) => SandboxProvider,
): Promise<T> {
  return withHome(async (home, provider) => {
    const { sandbox } = await provider.open(spec(over));
    try {
      return await body(sandbox, { home, provider });
    } finally {
      await sandbox.close();
    }
  }, create);
}

/** The process number of a sandbox's supervisor, as it stands in its lock file. */
export function supervisorOf(home: string, id = 'test.one'): number {
  return pidIn(sandboxFolder(home, id));
}

export const pidIn = (folder: string): number => Number.parseInt(readFileSync(join(folder, 'lock'), 'utf8'), 10);

/** The host's number of a sandbox's first process. */
export function firstProcessOf(home: string, id = 'test.one'): number {
  return Number.parseInt(readFileSync(join(sandboxFolder(home, id), 'lock'), 'utf8').split('\n')[1]!, 10);
}

/** Where this machine's sandboxes lie. */
export const machineFolder = (home: string): string => join(realpathSync(home), 'sandboxes', MACHINE);

export function sandboxFolder(home: string, id = 'test.one'): string {
  return folderOf(machineFolder(home), id);
}

/** Whether a process runs on the host; a zombie does not. */
export function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Command lines of the host's processes that contain the mark. */
export function hostProcesses(mark: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const lines = pids.map((pid) => {
    try {
      return runs(Number(pid)) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') : '';
    } catch {
      return ''; // it ended while the list was read
    }
  });
  return lines.filter((line) => line.includes(mark));
}

/** Waits until the condition holds; the bound is for a broken implementation only. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
