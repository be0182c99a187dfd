import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { BENCHES, runBenches } from '../bench/run.ts';
import { readEnvironment } from '../config/environment.ts';
import { readArguments } from './arguments.ts';
import { UserError } from './user-error.ts';

/** `npm run bench [-- NAME… --seeds 1,2,3]`: measures the claims; all of them where none is named. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = readArguments('bench', args, { seeds: { type: 'string' } });
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
  const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
  if (unknown) throw new UserError(`there is no bench "${unknown}": ${Object.keys(BENCHES).join(', ')}`, 2);
  const request = { names, ...(values.seeds === undefined ? {} : { seeds: readSeeds(values.seeds) }) };
  const { file, ok } = await runBenches(request, readEnvironment(packageRoot()));
  process.stdout.write(`${file}\n`);
  return ok ? 0 : 1;
}

function readSeeds(text: string): number[] {
  if (!/^\d{1,9}(,\d{1,9})*$/.test(text))
    throw new UserError(`--seeds "${text}" must be whole numbers, such as 1,2,3`, 2);
  return text.split(',').map(Number);
}
