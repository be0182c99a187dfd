import { Context } from '@temporalio/activity';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AGENT_FILES, generateMicropaper, PROGRAMS, SUITES, type Suite } from '../../core/micropaper/generate.ts';
import { MICROPAPER_INSTRUCTIONS } from '../../core/micropaper/instructions.ts';
import { keys } from '../../core/names.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { FolderTasks, MadeTasks, MicropaperTasks } from '../../core/task-settings.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import type { Store } from '../store.ts';
import { TASK_FILES } from '../tasks.ts';
import { prepareFolders } from './prepare-folders.ts';

/** The names of a suite's tasks, in order. */
export async function readSuite(store: Store, run: string, suite: Suite): Promise<string[]> {
  const suites = (await store.readJson(suitesKey(run))) as Record<Suite, string[]> | undefined;
  if (!suites) throw new Error(`the tasks of run ${run} are not prepared`);
  return suites[suite];
}

const suitesKey = (run: string): string => `${keys.run(run)}/tasks/suites.json`;

export interface TaskDependencies {
  store: Store;
  /** The folder of the programs that micropapers put into a workspace. */
  programs: string;
  /** The checkout: what relative paths of a recipe are meant against. */
  root: string;
}

/** Writes the folder of every task of the run; `suites.json` comes last and says that all of them are there. */
export async function prepareTasks(deps: TaskDependencies, run: string, recipe: Recipe): Promise<void> {
  if (await deps.store.exists(suitesKey(run))) return;
  const { tasks, judge, evaluationJudge } = recipe;
  const isChecked = [judge, evaluationJudge].some((settings) => settings?.type === 'check');
  const prepare =
    tasks.type === 'micropapers'
      ? prepareMicropapers(deps, run, tasks)
      : prepareFolders(deps, run, { tasks: foldersOf(run, tasks), isChecked });
  await deps.store.writeJson(suitesKey(run), await prepare);
}

/** What the factory of this run has made are folders like any other. */
const foldersOf = (run: string, tasks: FolderTasks | MadeTasks): FolderTasks =>
  tasks.type === 'folder' ? tasks : { ...tasks, type: 'folder', paths: [`store:${taskKeys.made(run)}`] };

async function prepareMicropapers(
  { store, programs: folder }: TaskDependencies,
  run: string,
  tasks: MicropaperTasks,
): Promise<Record<Suite, string[]>> {
  const programs = await readPrograms(folder);
  const suites: Record<Suite, string[]> = { train: [], heldout: [] };
  for (const suite of SUITES) {
    for (let index = 0; index < tasks[suite]; index += 1) {
      suites[suite].push(await writeTask({ store, programs }, run, { ...tasks, suite, index }));
      Context.current().heartbeat(suites);
    }
  }
  return suites;
}

type TaskRequest = Parameters<typeof generateMicropaper>[0];

async function writeTask(
  { store, programs }: { store: Store; programs: Record<string, string> },
  run: string,
  request: TaskRequest,
): Promise<string> {
  const paper = generateMicropaper(request);
  const folder = keys.task(run, paper.id);
  const given = AGENT_FILES.map((file) => [file, paper.files[file] ?? ''] as const);
  const files = [
    ...Object.entries(paper.files),
    [TASK_FILES.instructions, MICROPAPER_INSTRUCTIONS] as const,
    ...[...Object.entries(programs), ...given].map(([file, text]) => [`${TASK_FILES.start}/${file}`, text] as const),
  ];
  for (const [file, text] of files) await store.write(`${folder}/${file}`, text);
  return paper.id;
}

/** The programs that the agent finds in its workspace beside the paper. */
async function readPrograms(folder: string): Promise<Record<string, string>> {
  return Object.fromEntries(
    await Promise.all(PROGRAMS.map(async (file) => [file, await readFile(join(folder, file), 'utf8')])),
  );
}
