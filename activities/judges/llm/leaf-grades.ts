import { closeSync, fdatasync, fstatSync, mkdirSync, openSync, readSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { leafVerdict, type LeafVerdict } from '../../../core/record.ts';
import { addUsage, noUsage, usage, type Usage } from '../../../core/trajectory.ts';

const line = z.object({
  key: z.string(),
  /** The rollout that it was graded for, and what that took. */
  rollout: z.string(),
  /** None where the answers were of no use: they are paid for all the same. */
  grade: leafVerdict.optional(),
  usage,
});

/** Grades of single leaves of one submission by one judge, kept as they come. */
export interface LeafGrades {
  get(key: string): LeafVerdict | undefined;
  add(key: string, grade: LeafVerdict, used: Usage): void;
  /** Answers that were no grade. */
  lose(key: string, used: Usage): void;
  /** What the grades of this rollout took, and what was lost over them, whichever attempt paid. */
  spent(): Usage;
  /** Once all of it is on the disk. */
  close(): Promise<void>;
}

/** Grades that are written before the disk is asked to have them, beside the asking. */
const SYNC_EVERY = 200;
const onDisk = promisify(fdatasync);

/**
 * Opens the file of grades. A kill of the process loses none: each is written at once, and on the disk soon. Two attempts
 * may write side by side, a line at a time; a line that a crash tore counts for nothing.
 */
export function openLeafGrades(file: string, rollout: string): LeafGrades {
  mkdirSync(dirname(file), { recursive: true });
  const handle = openSync(file, 'a+');
  const known = new Map<string, LeafVerdict>();
  const total = noUsage();
  for (const found of readLines(file)) {
    if (found.grade) known.set(found.key, found.grade);
    if (found.rollout === rollout) addUsage(total, found.usage);
  }
  closeOffLastLine(handle);
  let written = 0;
  let synced = Promise.resolve();
  // One after the other; what a disk refuses is told by `close`.
  const sync = (): void => {
    synced = synced.then(() => onDisk(handle));
    synced.catch(() => undefined);
  };
  const write = (key: string, used: Usage, grade?: LeafVerdict): void => {
    writeSync(handle, `${JSON.stringify({ key, rollout, grade, usage: used })}\n`);
    addUsage(total, used);
    if (++written % SYNC_EVERY === 0) sync();
  };
  return {
    get: (key) => known.get(key),
    add(key, grade, used) {
      write(key, used, grade);
      known.set(key, grade);
    },
    lose(key, used) {
      if (used.inputTokens + used.outputTokens + used.cacheReadTokens + used.cacheWriteTokens > 0) write(key, used);
    },
    spent: () => total,
    async close() {
      sync();
      try {
        await synced;
      } finally {
        closeSync(handle);
      }
    },
  };
}

function readLines(file: string): z.infer<typeof line>[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text) => {
      try {
        return text === '' ? [] : [line.parse(JSON.parse(text))];
      } catch {
        return []; // torn by a crash: graded again
      }
    });
}

function closeOffLastLine(handle: number): void {
  const { size } = fstatSync(handle);
  if (size === 0) return;
  const last = Buffer.alloc(1);
  readSync(handle, last, 0, 1, size - 1);
  if (last.toString() !== '\n') writeSync(handle, '\n');
}
