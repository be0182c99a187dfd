import { resolve } from 'node:path';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { createFolderStore } from '../activities/store.ts';
import { readEnvironment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { readArguments } from './arguments.ts';
import { exportCheckpoint } from './export-checkpoint.ts';
import { shown } from './run-choice.ts';
import { usageError } from './user-error.ts';

/** `npm run export -- RUN/CHECKPOINT FOLDER`: a checkpoint as a plain Hugging Face folder. */
export async function run(args: string[]): Promise<number> {
  const { positionals } = readArguments('export', args, {});
  const [name = '', folder, ...rest] = positionals;
  const [run, checkpoint, ...more] = name.split('/');
  if (!run || !checkpoint || folder === undefined || rest.length + more.length > 0)
    throw usageError('export', 'name a checkpoint and a folder, such as micro/sft ./student');
  const store = createFolderStore(homePaths(readEnvironment(packageRoot()).home).store);
  const files = await exportCheckpoint(store, { run, checkpoint, folder: resolve(folder) });
  process.stdout.write(`${shown(resolve(folder))}: ${files.join(', ')}\n`);
  return 0;
}
