import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { ensureTrainer } from '../cli/setup/trainer.ts';
import { readEnvironment } from '../config/environment.ts';
import { findTrainerPython } from '../config/trainer-python.ts';

/** Runs a bench of the trainer's in its own Python and parses the JSON object that it prints last. */
export async function runPython(module: string): Promise<unknown> {
  const environment = readEnvironment(packageRoot());
  await ensureTrainer(environment);
  const { file, args, environment: env } = await findTrainerPython(environment);
  const { stdout } = await promisify(execFile)(file, [...args, module], { env, maxBuffer: 1 << 26 });
  return JSON.parse(stdout.slice(stdout.indexOf('{\n'))) as unknown;
}
