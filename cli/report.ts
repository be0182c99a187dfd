import { packageRoot } from '../activities/sandboxes/package-root.ts';
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
  await writeReport(store, name);
  const report = reportSchema.parse(await store.readJson(keys.report(name)));
  const files = [keys.reportPage(name), keys.report(name), keys.ledger(name)].map((key) => store.path(key));
  return [finalTable(report), '', ...files, ''].join('\n');
}

/** The runs that have begun: their manifest is there. */
async function runsOf(store: Store): Promise<string[]> {
  const names = await store.list('runs');
  const begun = await Promise.all(names.map((name) => store.exists(keys.manifest(name))));
  return names.filter((_, index) => begun[index]);
}

const unknown = (name: string, runs: readonly string[]): string =>
  `there is no run "${name}"; ${runs.length > 0 ? `there is ${runs.join(', ')}` : 'no run has begun in this home'}`;
