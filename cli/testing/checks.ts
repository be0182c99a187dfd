import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { childEnvironment } from '../../config/environment.ts';
import { tallyOfJest, tallyOfPytest, type Tally } from './tally.ts';

/** One program that `npm test` runs. */
export interface Check {
  name: string;
  command: readonly [string, ...string[]];
  cwd: string;
  environment: Record<string, string | undefined>;
  /** The file with its counts, and how to read them; one that only passes or fails has none. */
  counts: { file: string; read(text: string): Tally } | null;
}

export interface Wanted {
  root: string;
  /** Where results are written. */
  folder: string;
  /** The trainer's interpreter; null without one. */
  python: string | null;
  temporal: string | null;
  /** Paths of tests to run instead of all. */
  patterns: string[];
}

/** What `npm test` runs, in order. */
export function checks({ root, folder, python, temporal, patterns }: Wanted): Check[] {
  const tool = (name: string, ...args: string[]): [string, ...string[]] => [
    process.execPath,
    join(root, 'node_modules', name),
    ...args,
  ];
  const environment = childEnvironment(temporal === null ? {} : { TEMPORAL_CLI_PATH: temporal });
  const plain = (name: string, command: [string, ...string[]], cwd = root): Check => ({
    name,
    command,
    cwd,
    environment,
    counts: null,
  });
  const jestFile = join(folder, 'jest.json');
  const node = [
    plain('lint', tool('oxlint/bin/oxlint', '--type-aware', '--deny-warnings')),
    plain('format', tool('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.')),
    plain('types', tool('typescript/bin/tsc', '--noEmit')),
    {
      ...plain('jest', tool('jest/bin/jest.js', '--json', `--outputFile=${jestFile}`, ...patterns)),
      counts: { file: jestFile, read: tallyOfJest },
    },
  ];
  const trainer = join(root, 'trainer');
  if (python === null || patterns.length > 0 || !existsSync(join(trainer, 'tests'))) return node;
  const pytestFile = join(folder, 'pytest.xml');
  return [
    ...node,
    plain('ruff', [python, '-m', 'ruff', 'check', '.'], trainer),
    {
      ...plain('pytest', [python, '-m', 'pytest', '-q', `--junitxml=${pytestFile}`], trainer),
      counts: { file: pytestFile, read: tallyOfPytest },
    },
  ];
}
