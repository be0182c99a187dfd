import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keys } from '../../core/names.ts';
import type { Artifact } from '../../core/record.ts';
import { AGENT_SEES, FOLDER, type FolderFacts, type TaskConfig } from '../../core/task-folder.ts';
import { recipeHash } from '../recipe-hash.ts';
import type { Store } from '../store.ts';
import { TASK_FILES } from '../tasks.ts';

/** `task.json`: what the run's own copy of a task was made of. */
export interface PlacedTask {
  id: string;
  title: string;
  /** Where it lay. */
  source: string;
  /** Of the folder's content, whatever it is called and wherever it lies. */
  hash: string;
  files: { path: string; sha256: string; bytes: number }[];
}

/**
 * Makes a run's own copy of a task folder: what is changed there later changes no run that has begun. What the agent sees goes
 * into `paper/`, what only a judge may know stands beside it.
 */
export async function placeFolder(
  store: Store,
  run: string,
  task: { folder: string; facts: FolderFacts; config: TaskConfig; instructions: string },
): Promise<PlacedTask> {
  const { folder, facts, config, instructions } = task;
  const target = keys.task(run, config.id);
  const files: PlacedTask['files'] = [];
  for (const { path } of facts.files.filter(({ path }) => isTaken(path))) {
    const place = isSeen(path) ? `${TASK_FILES.paper}/${path}` : path;
    const { sha256, bytes }: Artifact = await store.write(`${target}/${place}`, await readFile(join(folder, path)));
    files.push({ path, sha256, bytes });
  }
  const text = instructions.replaceAll('{{title}}', config.title).replaceAll('{{id}}', config.id);
  await store.write(`${target}/${TASK_FILES.instructions}`, text);
  const placed = { id: config.id, title: config.title, source: folder, hash: recipeHash(files), files };
  await store.writeJson(`${target}/task.json`, placed);
  return placed;
}

const isSeen = (path: string): boolean => AGENT_SEES.includes(path) || path.startsWith(`${FOLDER.assets}/`);

const isTaken = (path: string): boolean =>
  isSeen(path) || [FOLDER.config, FOLDER.rubric, FOLDER.checks, FOLDER.judgeAddendum].some((file) => file === path);
