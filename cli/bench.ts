import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { BENCHES, runBenches } from '../bench/run.ts';
import { readEnvironment } from '../config/environment.ts';
import { readArguments } from './arguments.ts';
import { UserError } from './user-error.ts';

/** `npm run bench [-- NAME…]`: measures the claims; all of them where none is named. */
export async function run(args: string[]): Promise<number> {
  const { positionals } = readArguments('bench', args, {});
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
  const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
  if (unknown) throw new UserError(`there is no bench "${unknown}": ${Object.keys(BENCHES).join(', ')}`, 2);
  const { file, ok } = await runBenches(names, readEnvironment(packageRoot()));
  process.stdout.write(`${file}\n`);
  return ok ? 0 : 1;
}
