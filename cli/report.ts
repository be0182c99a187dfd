import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { readRunManifest } from '../activities/bookkeeping/start-run.ts';
import { writeFactoryReport } from '../activities/factory/write-factory-report.ts';
import { factoryRecipe } from '../core/factory/factory-recipe.ts';
import { taskKeys } from '../core/factory/task-keys.ts';
import { writeReport } from '../activities/bookkeeping/write-report.ts';
import { createFolderStore, type Store } from '../activities/store.ts';
import { readEnvironment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { keys } from '../core/names.ts';
import { report as reportSchema } from '../core/report.ts';
import { readArguments } from './arguments.ts';
import { compare } from './compare.ts';
import { finalTable } from './final-table.ts';
import { usageError, UserError } from './user-error.ts';

/** `npm run report -- RUN [--against OTHER]`: builds reports anew from what is in the store, and prints one, or compares two. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = readArguments('report', args, { against: { type: 'string' } });
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0) throw usageError('report', 'name one run, such as micro');
  const store = createFolderStore(homePaths(readEnvironment(packageRoot()).home).store);
  const { against } = values;
  const text = await rebuild(store, name);
  if (against !== undefined) await rebuild(store, against);
  process.stdout.write(against === undefined ? text : await compare(store, name, against));
  return 0;
}

/** Writes the report of a run; returns its table and where its files are. Throws UserError for a run that is not there. */
export async function rebuild(store: Store, name: string): Promise<string> {
  const runs = await runsOf(store);
  if (!runs.includes(name)) throw new UserError(unknown(name, runs));
  if (await isFactory(store, name)) return rebuildFactory(store, name);
  await writeReport(store, name);
  const report = reportSchema.parse(await store.readJson(keys.report(name)));
  const files = [keys.reportPage(name), keys.report(name), keys.ledger(name)].map((key) => store.path(key));
  return [finalTable(report), '', ...files, ''].join('\n');
}

/** Whether the run is a factory of its own, which has papers and no stages. */
async function isFactory(store: Store, name: string): Promise<boolean> {
  const manifest = await readRunManifest(store, name);
  return manifest !== undefined && factoryRecipe.safeParse(await store.readJson(store.keyOf(manifest.recipe))).success;
}

async function rebuildFactory(store: Store, name: string): Promise<string> {
  const { funnel, found, papers, cost } = await writeFactoryReport(store, name);
  const made = papers.filter(({ outcome }) => outcome === 'made').length;
  const steps = funnel.filter(({ dropped }) => dropped > 0).map(({ step, dropped }) => `${step}: ${dropped} dropped`);
  const files = [taskKeys.reportPage(name), taskKeys.report(name)].map((key) => store.path(key));
  const sum = `${found} papers found, ${made} tasks made, $${cost.paid.toFixed(2)} paid`;
  return [sum, ...steps, '', ...files, ''].join('\n');
}

/** The runs that have begun: their manifest is there. */
async function runsOf(store: Store): Promise<string[]> {
  const names = await store.list('runs');
  const begun = await Promise.all(names.map((name) => store.exists(keys.manifest(name))));
  return names.filter((_, index) => begun[index]);
}

const unknown = (name: string, runs: readonly string[]): string =>
  `there is no run "${name}"; ${runs.length > 0 ? `there is ${runs.join(', ')}` : 'no run has begun in this home'}`;
