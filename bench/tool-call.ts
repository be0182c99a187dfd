import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createBubblewrap } from '../activities/sandboxes/bubblewrap.ts';
import type { Sandbox, SandboxProvider, SandboxSpec } from '../activities/sandboxes/sandbox.ts';
import type { Figure } from './figure.ts';

const CALLS = 400;
const WARM_UP = 20;
const OPENS = 40;
// What an agent's shortest call is: a shell that does next to nothing.
const COMMAND = 'true';

/** A tool call in an open sandbox against a plain `spawn`, interleaved in one run; and what opening and closing costs. */
export async function toolCall(): Promise<Figure[]> {
  const home = await mkdtemp(join(tmpdir(), 'longhaul-bench-'));
  const provider = createBubblewrap({ home });
  try {
    return [await callFigure(provider, await openTimes(provider))];
  } finally {
    for (const { id } of await provider.list()) await provider.destroy(id);
    await rm(home, { recursive: true, force: true });
  }
}

async function callFigure(provider: SandboxProvider, opens: number[]): Promise<Figure> {
  const { sandbox } = await provider.open(specOf('bench.call'));
  const inside: number[] = [];
  const plain: number[] = [];
  for (let n = -WARM_UP; n < CALLS; n += 1) {
    const a = await timed(() => inSandbox(sandbox, n));
    const b = await timed(inPlainProcess);
    if (n >= 0) {
      inside.push(a);
      plain.push(b);
    }
  }
  await sandbox.close();
  const ratio = quantile(inside, 0.5) / quantile(plain, 0.5);
  return {
    figure: 'tool call in an open sandbox, p50, against a plain spawn',
    value: ratio,
    unit: '×',
    bound: '≤ 1.0',
    ok: ratio <= 1,
    detail: {
      sandboxP50Ms: quantile(inside, 0.5),
      plainP50Ms: quantile(plain, 0.5),
      sandboxP95Ms: quantile(inside, 0.95),
      plainP95Ms: quantile(plain, 0.95),
      openAndCloseP50Ms: quantile(opens, 0.5),
      openAndCloseP95Ms: quantile(opens, 0.95),
    },
  };
}

async function openTimes(provider: SandboxProvider): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < OPENS; n += 1) {
    times.push(
      await timed(async () => {
        const { sandbox } = await provider.open(specOf(`bench.open.${n}`));
        await sandbox.close();
      }),
    );
  }
  return times;
}

async function inSandbox(sandbox: Sandbox, n: number): Promise<void> {
  const request = { callId: `call-${n}`, command: COMMAND, epoch: 1, timeoutSeconds: 60 };
  const { exitCode } = await sandbox.exec(request);
  if (exitCode !== 0) throw new Error(`${COMMAND} ended with ${exitCode}`);
}

function inPlainProcess(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', COMMAND]);
    child.on('error', reject);
    child.stdout.resume();
    child.stderr.resume();
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${COMMAND} ended with ${code}`))));
  });
}

async function timed(body: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await body();
  return performance.now() - began;
}

function quantile(values: number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

function specOf(id: string): SandboxSpec {
  const limits = {
    processes: 64,
    memoryBytes: 512 << 20,
    cpuSeconds: 60,
    fileBytes: 64 << 20,
    workspaceBytes: 256 << 20,
    outputBytes: 65_536,
  };
  const labels = { run: 'bench', rollout: id };
  return { id, labels, limits, mounts: [], environment: {}, clock: 'real', idleSeconds: 60 };
}
