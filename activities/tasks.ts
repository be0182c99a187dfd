import { readFile } from 'node:fs/promises';
import { keys } from '../core/names.ts';
import type { Store } from './store.ts';

/** A task's folder in the store: PaperBench's files, and beside them how its sandbox is made and how its leaves are checked. */
export const TASK_FILES = {
  instructions: 'instructions.md',
  rubric: 'rubric.json',
  checks: 'checks.json',
  /** What the agent finds in its workspace at the start, and may change. */
  start: 'start',
  /** What lies in its workspace read-only, and is no part of the submission: the paper of a task folder. */
  paper: 'paper',
} as const;

/** A paper as its agent names it. */
export const PAPER_FILE = `${TASK_FILES.paper}/paper.md`;

/** The first message of every rollout of the task. */
export const createInstructionsReader =
  (store: Store) =>
  (run: string, task: string): Promise<string> =>
    readFile(store.path(`${keys.task(run, task)}/${TASK_FILES.instructions}`), 'utf8');
