import { execFile } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { childEnvironment, type Environment } from './environment.ts';

const run = promisify(execFile);

/**
 * How modules of the trainer are started: `file`, `args`, then the module and its own arguments. They end with this process.
 * Throws a sentence with the command that helps where the Python environment is not there.
 */
export async function findTrainerPython({ root, cache }: Pick<Environment, 'root' | 'cache'>) {
  const script = join(root, 'trainer/setup_environment.py');
  const folder = await run('python3', [script, '--cache', cache, '--find']).catch(
    (error: Error & { stderr?: string }) => {
      throw new Error(error.stderr?.trim() || `python3 does not run: ${error.message}`, { cause: error });
    },
  );
  return {
    file: join(folder.stdout.trim(), 'bin/python'),
    args: ['-m', 'longhaul_trainer.attached', String(process.pid)],
    environment: childEnvironment({
      PYTHONPATH: join(root, 'trainer'),
      // Threads that wait for each other by spinning are slower by orders of magnitude where something else wants the cores.
      OMP_WAIT_POLICY: 'PASSIVE',
    }),
  };
}
