import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { childEnvironment, readEnvironment } from '../config/environment.ts';
import { ensureTools } from './setup/tools.ts';
import { ensureTrainer } from './setup/trainer.ts';

/** `npm run faults -- --seed S --count N`: the tests' fault harness, for as many faults as are asked for. */
export async function run(args: string[]): Promise<number> {
  const environment = readEnvironment(packageRoot());
  const { temporal } = await ensureTools(environment);
  await ensureTrainer(environment);
  const command = ['-r', join(environment.root, 'tools/typescript.cjs'), join(environment.root, 'test/faults/main.ts')];
  const child = spawn(process.execPath, [...command, ...args], {
    cwd: environment.root,
    stdio: 'inherit',
    env: childEnvironment({ TEMPORAL_CLI_PATH: temporal.path }),
  });
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => void child.kill(name));
  return new Promise((ended) => child.once('close', (code) => ended(code ?? 1)));
}
