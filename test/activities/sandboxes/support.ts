import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBubblewrap } from '../../../activities/sandboxes/bubblewrap.ts';
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

let count = 0;

/** Runs a command under a fresh call id. */
export function run(sandbox: Sandbox, command: string, over: Partial<ExecRequest> = {}) {
  count += 1;
  return sandbox.exec({ callId: `call-${count}`, command, epoch: 1, timeoutSeconds: 20, ...over });
}

/** The trimmed output of a command that must succeed. */
export async function output(sandbox: Sandbox, command: string): Promise<string> {
  const result = await run(sandbox, command);
  if (result.exitCode !== 0) throw new Error(`${command}: ${result.ended} ${result.exitCode} ${result.output}`);
  return result.output.trim();
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
