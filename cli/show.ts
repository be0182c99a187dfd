import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { readEnvironment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { readArguments } from './arguments.ts';
import { readRollout } from './rollout-files.ts';
import { describeRollout } from './rollout-text.ts';
import { usageError } from './user-error.ts';

/** `npm run show -- ROLLOUT`: one rollout for a person. */
export async function run(args: string[]): Promise<number> {
  const { positionals } = readArguments('show', args, {});
  const [id, ...rest] = positionals;
  if (id === undefined || rest.length > 0)
    throw usageError('show', 'name one rollout, such as micro.distill.0.mp-0-17.2');
  const { store } = homePaths(readEnvironment(packageRoot()).home);
  process.stdout.write(describeRollout(await readRollout(store, id)));
  return 0;
}
