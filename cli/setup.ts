import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { readEnvironment } from '../config/environment.ts';
import { readArguments } from './arguments.ts';
import { ensureTools } from './setup/tools.ts';
import { ensureTrainer } from './setup/trainer.ts';

/** `npm run setup`: everything that `npm start` and `npm test` need, said and timed. */
export async function run(args: string[]): Promise<number> {
  readArguments('setup', args, {});
  const begun = Date.now();
  const environment = readEnvironment(packageRoot());
  const { temporal, python, sandbox } = await ensureTools(environment);
  const trainer = await ensureTrainer(environment);
  const rows = [
    `temporal  ${temporal.path} (server ${temporal.server})`,
    `python    ${python}`,
    `sandbox   ${sandbox}`,
    `trainer   ${trainer ?? 'not part of this checkout'}`,
  ];
  process.stdout.write(`${rows.join('\n')}\nset-up is complete (${((Date.now() - begun) / 1000).toFixed(1)} s)\n`);
  return 0;
}
