import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseBlacklist } from '../../../core/blacklist.ts';
import { isReadable, LOG } from '../../../core/judging/files.ts';
import { findViolations, type Source } from '../../../core/monitor/find-violations.ts';
import { sourcesOf } from '../../../core/monitor/sources.ts';
import { keys } from '../../../core/names.ts';
import type { Violation } from '../../../core/record.ts';
import { FOLDER } from '../../../core/task-folder.ts';
import { finishedTurns } from '../../../core/trajectory.ts';
import { readTurnLog } from '../../agent/turn-log.ts';
import type { Store } from '../../store.ts';
import { TASK_FILES } from '../../tasks.ts';
import { readTar } from '../llm/tar.ts';

/** More of a file is data, not code. */
const MOST_BYTES = 2 * 1024 * 1024;

/** Reads a rollout's log and its submission for fetches of what the task's blacklist forbids; each only once. */
export async function watch(
  store: Store,
  { folder, rollout, submission }: { folder: string; rollout: string; submission: string },
): Promise<Violation[]> {
  const entries = parseBlacklist(await readBlacklist(folder));
  if (entries.length === 0) return [];
  const turns = finishedTurns(await readTurnLog(store.path(keys.turns(rollout))));
  const found = [...findViolations(entries, sourcesOf(turns)), ...findViolations(entries, await filesOf(submission))];
  const seen = new Set<string>();
  return found.filter(({ entry, evidence }) => {
    const key = `${entry}\n${evidence}`;
    return !seen.has(key) && seen.add(key);
  });
}

async function readBlacklist(task: string): Promise<string> {
  for (const file of [join(task, TASK_FILES.paper, FOLDER.blacklist), join(task, FOLDER.blacklist)]) {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return 'none';
}

const REPOSITORY = /(^|\/)\.git\/(config|FETCH_HEAD)$|(^|\/)\.gitmodules$/;

/** The submission's code, and what a repository in it says of where it came from. */
async function filesOf(tar: string): Promise<Source[]> {
  const read = new Map<string, Buffer[]>();
  await readTar(tar, (path, bytes) => {
    if (bytes > MOST_BYTES || !(isReadable(path) || REPOSITORY.test(path))) return undefined;
    const chunks: Buffer[] = [];
    read.set(path, chunks);
    return (chunk) => void chunks.push(Buffer.from(chunk));
  });
  return [...read].map(([path, chunks]): Source => {
    const text = Buffer.concat(chunks).toString('utf8');
    const where = `submission, ${path}`;
    return path === LOG ? { kind: 'output', where, text } : { kind: 'file', where, path, text };
  });
}
