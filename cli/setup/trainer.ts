import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import { runProgram } from '../bootstrap/run-program.cjs';
import { hashOfSources } from '../bootstrap/source-hash.cjs';
import { step } from '../bootstrap/step.cjs';
import { UserError } from '../user-error.ts';
import { findProgram } from './find-program.ts';

const INPUTS = ['setup_environment.py', 'requirements.txt', 'requirements-test.txt', 'constraints.txt'];

/** The Python environment of the trainer and the policy server, created once per set of requirements; null without a trainer. */
export async function ensureTrainer({ root, path, cache }: Environment): Promise<string | null> {
  const folder = join(root, 'trainer');
  if (!existsSync(join(folder, 'setup_environment.py'))) return null;
  const python = findProgram('python3', path);
  if (!python) throw new UserError('there is no python3 on PATH: the trainer needs Python 3.11 or newer');
  // Starting Python to learn that nothing has changed takes longer than everything else together.
  const stamp = join(root, 'dist/.trainer');
  const inputs = `${realpathSync(python)} ${cache} ${hashOfSources(folder, [], INPUTS)}`;
  const known = existsSync(stamp) ? readFileSync(stamp, 'utf8').split('\n') : [];
  if (known[0] === inputs && existsSync(known[1] ?? '')) return known[1] ?? null;
  const made = await create(python, folder, cache);
  writeFileSync(stamp, `${inputs}\n${made}`);
  return made;
}

async function create(python: string, folder: string, cache: string): Promise<string> {
  const script = join(folder, 'setup_environment.py');
  const output = await step("the trainer's Python environment (several minutes the first time)", (progress) =>
    runProgram([python, script, '--cache', cache], { progress }),
  );
  const made = output.trim().split('\n').at(-1);
  if (!made || !existsSync(made)) throw new UserError(`${script} named no environment`);
  return made;
}
