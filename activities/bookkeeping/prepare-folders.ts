import { Context } from '@temporalio/activity';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SUITES, type Suite } from '../../core/micropaper/generate.ts';
import { FOLDER, problemsOf, taskConfig, type FolderFacts, type TaskConfig } from '../../core/task-folder.ts';
import { selectSuites } from '../../core/task-selection.ts';
import type { FolderTasks } from '../../core/task-settings.ts';
import { invalidInput } from '../failures.ts';
import type { Store } from '../store.ts';
import { placeFolder } from '../tasks/place-folder.ts';
import { findTaskFolders, readFolder } from '../tasks/read-folder.ts';

interface Found {
  folder: string;
  facts: FolderFacts;
  config: TaskConfig;
}

export interface FolderDependencies {
  store: Store;
  /** The checkout: what relative paths of a recipe are meant against. */
  root: string;
}

/** The tasks of both suites, by what their folders say; nothing is copied. */
export async function chooseFolders(
  deps: FolderDependencies,
  tasks: FolderTasks,
): Promise<{ suites: Record<Suite, string[]>; found: ReadonlyMap<string, Found> }> {
  const found = await findTasks(deps, tasks);
  return { suites: choose([...found.keys()], tasks), found };
}

/**
 * Copies the tasks of both suites into the run's folder; refused as a whole where one of them has an error, or has no checks where
 * some judge of the recipe goes by them.
 */
export async function prepareFolders(
  deps: FolderDependencies,
  run: string,
  { tasks, isChecked }: { tasks: FolderTasks; isChecked: boolean },
): Promise<Record<Suite, string[]>> {
  const { suites, found } = await chooseFolders(deps, tasks);
  const chosen = SUITES.flatMap((suite) => suites[suite]).map((id) => found.get(id) as Found);
  const problems = [...chosen.flatMap(errorsOf), ...(isChecked ? chosen.flatMap(withoutChecks) : [])];
  if (problems.length > 0) throw invalidInput(refusal(problems));
  const instructions = await readFile(instructionsFile(deps.root, tasks), 'utf8');
  for (const [index, task] of chosen.entries()) {
    await placeFolder(deps.store, run, { ...task, instructions });
    Context.current().heartbeat({ tasks: index + 1, of: chosen.length });
  }
  return suites;
}

/** Every task at the recipe's paths by its id. */
async function findTasks({ store, root }: FolderDependencies, { paths }: FolderTasks): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  for (const path of paths) {
    const place = path.startsWith('store:') ? store.path(path.slice('store:'.length)) : resolve(root, path);
    for (const folder of await foldersAt(path, place)) {
      const facts = await readFolder(folder);
      const config = configOf(facts);
      const before = found.get(config.id);
      if (before) throw invalidInput(`${folder}: the task ${config.id} is in ${before.folder} too`);
      found.set(config.id, { folder, facts, config });
    }
  }
  return found;
}

async function foldersAt(path: string, place: string): Promise<string[]> {
  try {
    const folders = await findTaskFolders(place);
    if (folders.length === 0) throw invalidInput(`tasks.paths: there is no task folder in ${path}`);
    return folders;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw invalidInput(`tasks.paths: there is no folder ${path}`);
    throw error;
  }
}

/** A folder without a usable `config.yaml` goes by its own name, so that its error is told only where it is asked for. */
function configOf({ name, config }: FolderFacts): TaskConfig {
  const parsed = taskConfig.safeParse('value' in config ? config.value : undefined);
  return parsed.success ? parsed.data : { id: name, title: name };
}

function choose(ids: readonly string[], tasks: FolderTasks): Record<Suite, string[]> {
  try {
    return selectSuites(ids, tasks);
  } catch (error) {
    throw invalidInput(`tasks: ${(error as Error).message}`);
  }
}

const errorsOf = ({ folder, facts }: Found): string[] =>
  problemsOf(facts)
    .filter(({ level }) => level === 'error')
    .map(({ file, message }) => `${folder}/${file}: ${message}`);

const withoutChecks = ({ folder, facts }: Found): string[] =>
  facts.texts[FOLDER.checks] === undefined
    ? [`${folder}/${FOLDER.checks}: is missing, which a judge of type check needs; one of type llm grades without`]
    : [];

const SHOWN = 10;

function refusal(problems: readonly string[]): string {
  const more = problems.length > SHOWN ? [`and ${problems.length - SHOWN} more: npm run check-tasks`] : [];
  return [...problems.slice(0, SHOWN), ...more].join('; ');
}

const instructionsFile = (root: string, { instructions }: FolderTasks): string =>
  resolve(root, instructions ?? 'prompts/task/instructions.md');
