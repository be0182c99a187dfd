import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { readRunManifest } from '../activities/bookkeeping/start-run.ts';
import { createFolderStore, type Store } from '../activities/store.ts';
import { readEnvironment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { keys } from '../core/names.ts';
import { recipe as recipeSchema } from '../core/recipe.ts';
import { stagesOf } from '../core/stages.ts';
import { readArguments } from './arguments.ts';
import { sizeOf } from './disk-use.ts';
import { bytes } from './plan-text.ts';
import { alreadyRunning, whoRuns } from './supervisor/claim.ts';
import { finishedReport } from './run-choice.ts';
import { usageError, UserError } from './user-error.ts';

const OPTIONS = { all: { type: 'boolean' }, yes: { type: 'boolean' } } as const;

/** `npm run clean -- RUN [--all] [--yes]`: removes what an ended run can be without, or all of it; says what, and waits for --yes. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = readArguments('clean', args, OPTIONS);
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0) throw usageError('clean', 'name one run, such as micro');
  const { home } = readEnvironment(packageRoot());
  const busy = whoRuns(home);
  if (busy) throw alreadyRunning(home, busy);
  const store = createFolderStore(homePaths(home).store);
  const found = await removable(store, name, values.all ?? false);
  process.stdout.write(`${found.map(({ key, size }) => `${bytes(size).padStart(8)}  ${key}`).join('\n')}\n`);
  const all = `${bytes(found.reduce((sum, { size }) => sum + size, 0))} of the run ${name}`;
  if (values.yes) for (const { key } of found) await store.remove(key);
  process.stdout.write(
    values.yes ? `${all} removed\n` : `${all} would be removed: the same command with --yes does it\n`,
  );
  return 0;
}

/** What goes, with its bytes. Throws a sentence for a run that is not there, or that has not come to its end. */
export async function removable(store: Store, run: string, all: boolean): Promise<{ key: string; size: number }[]> {
  const manifest = await readRunManifest(store, run);
  if (!manifest) throw new UserError(`there is no run "${run}"`);
  const recipe = recipeSchema.parse(await store.readJson(store.keyOf(manifest.recipe)));
  const stages = stagesOf(recipe);
  const names = all
    ? [keys.run(run)]
    : await bulkOf(
        store,
        run,
        stages.filter(({ type }) => type === 'rl').map(({ name }) => name),
      );
  if (!all && !finishedReport(store.path(''), { run, stages: stages.map(({ name }) => name) }))
    throw new UserError(
      `the run "${run}" has not come to its end: it may go on with what is there (--all removes it whole)`,
    );
  return names.map((key) => ({ key, size: sizeOf(store.path(key)) })).filter(({ size }) => size > 0);
}

/** Of the steps of RL, weights and rows; of jobs, saved states; of rollouts, snapshots. Manifests, records and logs stay. */
async function bulkOf(store: Store, run: string, rl: readonly string[]): Promise<string[]> {
  const isStep = (name: string): boolean => rl.some((stage) => name.startsWith(`${stage}-`));
  const bulk: string[] = [];
  for (const part of ['checkpoints', 'datasets']) {
    for (const name of (await store.list(`${keys.run(run)}/${part}`)).filter(isStep)) {
      const folder = `${keys.run(run)}/${part}/${name}`;
      const files = (await store.list(folder)).filter((file) => file !== 'manifest.json' && file !== 'README.md');
      bulk.push(...files.map((file) => `${folder}/${file}`));
    }
  }
  for (const job of await store.list(`${keys.run(run)}/jobs`)) {
    const saved = (await store.list(keys.job(run, job))).filter((file) => file.includes('state'));
    bulk.push(...saved.map((file) => `${keys.job(run, job)}/${file}`));
  }
  for (const rollout of await store.list(`${keys.run(run)}/rollouts`)) bulk.push(`${keys.rollout(rollout)}/snapshots`);
  return bulk;
}
