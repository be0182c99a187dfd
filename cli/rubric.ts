import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { editRubric } from '../activities/factory/edit-rubric.ts';
import { writeFactoryReport } from '../activities/factory/write-factory-report.ts';
import { PROVENANCE } from '../activities/factory/write-task.ts';
import { createFactoryRecipeReader } from '../activities/factory/recipes.ts';
import { readRunManifest } from '../activities/bookkeeping/start-run.ts';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { createFolderStore, type Store } from '../activities/store.ts';
import { readEnvironment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import type { PaperPlace } from '../core/factory/paper.ts';
import { provenance, type RubricVersion } from '../core/factory/provenance.ts';
import { taskKeys } from '../core/factory/task-keys.ts';
import { findingLines } from '../core/rubric-builder/checks.ts';
import type { CheckResult } from '../core/rubric-builder/finding.ts';
import { RubricError } from '../core/rubric/node.ts';
import { readArguments } from './arguments.ts';
import { usageError, UserError } from './user-error.ts';

const OPTIONS = { file: { type: 'string' }, by: { type: 'string' }, note: { type: 'string' } } as const;

/** `npm run rubric -- RUN PAPER [--file FILE --by NAME --note TEXT]`: the versions of a rubric, or a person's edit as the next one. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = readArguments('rubric', args, OPTIONS);
  const [name, paper, ...rest] = positionals;
  if (name === undefined || paper === undefined || rest.length > 0)
    throw usageError('rubric', 'name a run and a paper');
  const store = createFolderStore(homePaths(readEnvironment(packageRoot()).home).store);
  const place = { run: name, paper };
  if (!(await store.exists(`${taskKeys.task(place)}/${PROVENANCE}`))) throw new UserError(await unknown(store, place));
  if (values.file === undefined) {
    process.stdout.write(await versions(store, place));
    return 0;
  }
  if (!values.by) throw usageError('rubric', '--by says who has edited the rubric');
  process.stdout.write(await edit(store, place, { file: values.file, by: values.by, note: values.note ?? '' }));
  return 0;
}

/** Takes the file over as the next version, and says what the checks think of it. */
export async function edit(
  store: Store,
  place: PaperPlace,
  { file, by, note }: { file: string; by: string; note: string },
): Promise<string> {
  const manifest = await readRunManifest(store, place.run);
  if (!manifest) throw new UserError(`there is no run "${place.run}"`);
  const { factory } = await createFactoryRecipeReader(store)(manifest.recipe);
  try {
    const version = await editRubric(store, place, { text: textOf(file), by, note, settings: factory.rubric });
    await writeFactoryReport(store, place.run);
    return described(version, store.path(taskKeys.task(place)));
  } catch (error) {
    if (error instanceof RubricError) throw new UserError(`${file}: ${error.message}`);
    throw error;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(resolve(file), 'utf8');
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${(error as Error).message}`, 2);
  }
}

function described({ version, checks }: RubricVersion, folder: string): string {
  const findings = findingLines(checks as CheckResult[]);
  const verdict = findings.length === 0 ? 'every check passes' : `${findings.length} findings are kept with it:`;
  return [`version ${version} is in ${folder}; ${verdict}`, ...findings.map((line) => `  ${line}`), ''].join('\n');
}

async function versions(store: Store, place: PaperPlace): Promise<string> {
  const { rubric } = provenance.parse(await store.readJson(`${taskKeys.task(place)}/${PROVENANCE}`));
  const lines = rubric.versions.map(({ version, by, at, note }) => {
    return `${version}  ${at}  ${by}${note === '' ? '' : `: ${note}`}  ${store.path(`${taskKeys.rubrics(place)}/${version}.json`)}`;
  });
  return [...lines, ''].join('\n');
}

async function unknown(store: Store, { run: name, paper }: PaperPlace): Promise<string> {
  const made = await store.list(taskKeys.made(name));
  return `the factory of "${name}" has made no task "${paper}"; ${made.length > 0 ? `there is ${made.join(', ')}` : 'there is none'}`;
}
