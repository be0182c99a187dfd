import { resolve } from 'node:path';
import { leaves } from '../core/rubric/node.ts';
import { parseRubric } from '../core/rubric/text.ts';
import { FOLDER, problemsOf, type FolderFacts, type FolderProblem } from '../core/task-folder.ts';
import { findTaskFolders, readFolder } from '../activities/tasks/read-folder.ts';
import { readArguments } from './arguments.ts';
import { usageError, UserError } from './user-error.ts';

/** `npm run check-tasks -- FOLDER…`: what is wrong with task folders; exit code 0 only where `train` would take all of them. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = readArguments('check-tasks', args, { json: { type: 'boolean', default: false } });
  if (positionals.length === 0) throw usageError('check-tasks', 'name a task folder, or a folder of them');
  const folders = (await Promise.all(positionals.map(foldersAt))).flat();
  const checked = await Promise.all(folders.map(checkFolder));
  process.stdout.write(values.json ? `${JSON.stringify(checked, null, 2)}\n` : checked.map(describe).join(''));
  return checked.every(({ problems }) => problems.every(({ level }) => level !== 'error')) ? 0 : 1;
}

interface Checked {
  folder: string;
  /** Leaves of the rubric by category; null where it cannot be read. */
  leaves: Record<string, number> | null;
  problems: FolderProblem[];
}

async function foldersAt(path: string): Promise<string[]> {
  try {
    const folders = await findTaskFolders(resolve(path));
    if (folders.length > 0) return folders;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new UserError(`there is no folder ${path}`, 2);
  }
  throw new UserError(`there is no task folder in ${path}: none has a config.yaml, a rubric.json or a paper.md`, 2);
}

async function checkFolder(folder: string): Promise<Checked> {
  const facts = await readFolder(folder);
  const problems = problemsOf(facts);
  const isBroken = problems.some(({ file, level }) => file === FOLDER.rubric && level === 'error');
  return { folder, leaves: isBroken ? null : countLeaves(facts), problems };
}

function countLeaves({ texts }: FolderFacts): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { task_category: category } of leaves(parseRubric(texts[FOLDER.rubric] ?? ''))) {
    counts[category ?? ''] = (counts[category ?? ''] ?? 0) + 1;
  }
  return counts;
}

function describe({ folder, leaves: counts, problems }: Checked): string {
  const errors = problems.filter(({ level }) => level === 'error').length;
  const verdict = errors > 0 ? `${errors} ${errors === 1 ? 'error' : 'errors'}` : 'ok';
  const parts = Object.entries(counts ?? {}).map(([category, count]) => `${count} ${category}`);
  const rubric = parts.length > 0 ? `, leaves: ${parts.join(', ')}` : '';
  const lines = problems.map(({ file, level, message }) => `  ${level.padEnd(7)} ${file}: ${message}`);
  return [`${folder}: ${verdict}${rubric}`, ...lines].map((line) => `${line}\n`).join('');
}
