import { resolve } from 'node:path';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { exportTrajectories } from '../activities/export/export-trajectories.ts';
import { NothingToExport, runTrajectories } from '../activities/export/run-trajectories.ts';
import { createFolderStore } from '../activities/store.ts';
import { readEnvironment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { readArguments } from './arguments.ts';
import { shown } from './run-choice.ts';
import { usageError, UserError } from './user-error.ts';

const OPTIONS = {
  stage: { type: 'string', default: 'distill' },
  thinking: { type: 'string', default: 'keep' },
  all: { type: 'boolean', default: false },
} as const;

/** `npm run export-trajectories -- RUN FOLDER`: trajectories in the shapes that TRL, prime-rl and the Agent Data Protocol read. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = readArguments('export-trajectories', args, OPTIONS);
  const [run, folder, ...rest] = positionals;
  const { stage, thinking, all } = values;
  if (!run || !folder || rest.length > 0)
    throw usageError('export-trajectories', 'name a run and a folder, such as micro ./trajectories');
  if (thinking !== 'keep' && thinking !== 'drop')
    throw usageError('export-trajectories', `--thinking is keep or drop (got "${thinking}")`);
  const root = packageRoot();
  const store = createFolderStore(homePaths(readEnvironment(root).home).store);
  try {
    const trajectories = runTrajectories(store, { run, stage, all, root });
    const request = { folder: resolve(folder), run, stage, settings: { thinking }, trajectories } as const;
    const made = await exportTrajectories(request);
    const files = made.files.map(({ path }) => path).join(', ');
    process.stdout.write(
      `${shown(request.folder)}: ${made.trajectories} trajectories, ${made.turns} turns in ${files}\n`,
    );
    return 0;
  } catch (error) {
    throw error instanceof NothingToExport ? new UserError(error.message) : error;
  }
}
