import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { readEnvironment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { readArguments } from './arguments.ts';
import { bytes } from './plan-text.ts';
import { textTable } from './text-table.ts';
import { usageError } from './user-error.ts';

/** The parts of a run's folder that grow; everything else is small and counted together. */
const PARTS = ['checkpoints', 'rollouts', 'datasets', 'tasks', 'jobs'] as const;

/** `npm run disk`: what each run takes of the disk, part by part. */
export async function run(args: string[]): Promise<number> {
  const { positionals } = readArguments('disk', args, {});
  if (positionals.length > 0) throw usageError('disk', `"${positionals[0]}" is not understood`);
  const { home } = readEnvironment(packageRoot());
  process.stdout.write(diskText(homePaths(home)));
  return 0;
}

/** A line a run, the largest first, and what lies beside the runs. */
export function diskText({ store, database, logs }: { store: string; database: string; logs: string }): string {
  const runs = namesIn(join(store, 'runs'))
    .map((name) => ({ name, ...useOf(join(store, 'runs', name)) }))
    .toSorted((a, b) => b.all - a.all);
  const rows = runs.map(({ name, all, parts }) => [name, ...parts.map(bytes), bytes(all)]);
  const heading = ['run', ...PARTS, 'other', 'in all'];
  const beside = [
    ['temporal.db', sizeOf(database) + sizeOf(`${database}-wal`)],
    ['logs', sizeOf(logs)],
  ] as const;
  return [
    ...textTable(heading, rows, heading.map((_, column) => column).slice(1)),
    '',
    ...beside.map(([name, size]) => `${name} ${bytes(size)}`),
    '',
  ].join('\n');
}

function useOf(folder: string): { parts: number[]; all: number } {
  const named = PARTS.map((part) => sizeOf(join(folder, part)));
  const all = sizeOf(folder);
  return { parts: [...named, all - named.reduce((sum, size) => sum + size, 0)], all };
}

/** Bytes of a file, or of all files below a folder; links are not followed, and what is gone meanwhile counts nothing. */
export function sizeOf(path: string): number {
  try {
    const found = lstatSync(path);
    if (!found.isDirectory()) return found.size;
    return namesIn(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
