import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointManifest } from '../../core/job.ts';
import { keys } from '../../core/names.ts';
import { namesIn } from './processes.ts';
import { ofRl } from './recipe.ts';

export function checkpointsIn(home: string, run: string) {
  const folder = join(home, 'store', keys.run(run), 'checkpoints');
  return namesIn(folder)
    .filter((name) => existsSync(join(folder, name, 'manifest.json')))
    .map((name) => {
      const bytes = readFileSync(join(folder, name, 'manifest.json'));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const manifest = checkpointManifest.parse(JSON.parse(bytes.toString()));
      return { name, folder: join(folder, name), sha256, manifest };
    });
}

/** Losses of the checkpoints that a seed decides, by name. */
export const lossesIn = (home: string, run: string): Record<string, number> =>
  Object.fromEntries(
    checkpointsIn(home, run)
      .filter(({ name }) => !ofRl(name))
      .map(({ name, manifest }) => [name, manifest.metrics['loss'] ?? 0]),
  );

/** The chain: every parent is a checkpoint as it stands, every file is as its manifest says, every job did all its steps. */
export function* problemsOfCheckpoints(
  home: string,
  run: string,
  /** null where it is not decided. */
  losses: Readonly<Record<string, number | null>>,
): Generator<string> {
  const all = checkpointsIn(home, run);
  const names = Object.keys(lossesIn(home, run)).toSorted();
  // As texts: under jest a folder's listing is an array of another realm.
  if (names.join() !== Object.keys(losses).toSorted().join()) yield `the checkpoints are ${names.join(', ')}`;
  for (const { name, folder, manifest } of all) {
    const { parent, step, steps, files } = manifest;
    if (parent && !all.some(({ sha256 }) => sha256 === parent.sha256))
      yield `the parent of checkpoint ${name} is not there`;
    if (step !== steps) yield `checkpoint ${name} is at step ${step} of ${steps}`;
    for (const [file, { sha256 }] of Object.entries(files)) {
      const found = createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex');
      if (found !== sha256) yield `checkpoint ${name} has another ${file} than its manifest says`;
    }
    const loss = manifest.metrics['loss'] ?? 0;
    if (Math.abs(loss - (losses[name] ?? loss)) > 1e-4)
      yield `checkpoint ${name} has loss ${loss}, undisturbed ${losses[name]}`;
  }
}
