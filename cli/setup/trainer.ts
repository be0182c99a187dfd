import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import { runProgram } from '../bootstrap/run-program.cjs';
import { step } from '../bootstrap/step.cjs';
import { findProgram } from './find-program.ts';
import { UserError } from '../user-error.ts';

/** The Python environment of the trainer and the policy server, created once per set of requirements; null without a trainer. */
export async function ensureTrainer(environment: Environment): Promise<string | null> {
  const script = join(environment.root, 'trainer/setup_environment.py');
  if (!existsSync(script)) return null;
  const python = findProgram('python3', environment.path);
  if (!python) throw new UserError('there is no python3 on PATH: the trainer needs Python 3.11 or newer');
  const output = await step("the trainer's Python environment (several minutes the first time)", (progress) =>
    runProgram([python, script, '--cache', environment.cache], { progress }),
  );
  const folder = output.trim().split('\n').at(-1);
  if (!folder || !existsSync(folder)) throw new UserError(`${script} named no environment`);
  return folder;
}
