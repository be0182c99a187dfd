import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TRAINER = resolve(__dirname, '../../../trainer');
const MAKE = `
import sys
from pathlib import Path
from tests.server import models
for name, seed in (("step-1", 0), ("step-2", 7)):
    models.save(models.lfm2(seed=seed), Path(sys.argv[1]) / name)
`;

/** The newest Python environment of the trainer; undefined where none was set up. */
export function findPython(): string | undefined {
  const cache = join(homedir(), '.cache/longhaul');
  if (!existsSync(cache)) return undefined;
  const found = readdirSync(cache).filter((name) => /^venv-\w+$/.test(name));
  const aged = found
    .map((name) => ({ path: join(cache, name, 'bin/python'), at: statSync(join(cache, name)).mtimeMs }))
    .filter(({ path }) => existsSync(path));
  return aged.sort((a, b) => b.at - a.at)[0]?.path;
}

/** Two random checkpoints of one shape: `step-1` and `step-2`. */
export async function makeModels(python: string, folder: string): Promise<void> {
  await run(python, ['-c', MAKE, folder], { cwd: TRAINER });
}

export interface EmbeddedServer {
  baseUrl: string;
  close(): Promise<void>;
}

/** The real server as a process, on a free port. */
export async function openEmbedded(python: string, ...args: string[]): Promise<EmbeddedServer> {
  const child = spawn(python, ['-m', 'longhaul_trainer.server', ...args], {
    cwd: TRAINER,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { port } = await readyLine(child);
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    async close() {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
    },
  };
}

async function readyLine(child: ChildProcess): Promise<{ port: number }> {
  if (!child.stdout) throw new Error('the server has no stdout');
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as { port: number };
  throw new Error(`the policy server ended with ${child.exitCode}`);
}
