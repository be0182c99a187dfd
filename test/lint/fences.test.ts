import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../support/temporary.ts';

/** Sources that break one rule each, and ones beside them that break none. */
const PLANTED: Record<string, { file: string; code: string; rule: string }> = {
  'core imports zod and itself: no built-ins': {
    file: 'core/a.ts',
    code: "import { join } from 'node:path';\nexport const a = join('a', 'b');",
    rule: 'no-restricted-imports',
  },
  'core imports zod and itself: no Temporal': {
    file: 'core/b.ts',
    code: "import { sleep } from '@temporalio/workflow';\nexport const b = sleep;",
    rule: 'no-restricted-imports',
  },
  'core imports zod and itself: no other package': {
    file: 'core/c.ts',
    code: "import fc from 'fast-check';\nexport const c = fc;",
    rule: 'no-restricted-imports',
  },
  'core imports zod and itself: no other folder': {
    file: 'core/d.ts',
    code: "import { good } from '../config/good.ts';\nexport const d = good;",
    rule: 'no-restricted-imports',
  },
  'core imports zod and itself, in its subfolders as well': {
    file: 'core/inner/e.ts',
    code: "import { good } from '../../config/good.ts';\nexport const e = good;",
    rule: 'no-restricted-imports',
  },
  'workflows use no built-ins': {
    file: 'workflows/a.ts',
    code: "import { createHash } from 'node:crypto';\nexport const a = createHash;",
    rule: 'no-restricted-imports',
  },
  'workflows take no values from activities': {
    file: 'workflows/b.ts',
    code: "import { good } from '../activities/good.ts';\nexport const b = good;",
    rule: 'no-restricted-imports',
  },
  'workflows do not read the configuration': {
    file: 'workflows/c.ts',
    code: "import { good } from '../config/good.ts';\nexport const c = good;",
    rule: 'no-restricted-imports',
  },
  'workflows use of Temporal what workflows may': {
    file: 'workflows/d.ts',
    code: "import { Client } from '@temporalio/client';\nexport const d = Client;",
    rule: 'no-restricted-imports',
  },
  'activities do not read the configuration': {
    file: 'activities/inner/a.ts',
    code: "import { good } from '../../config/good.ts';\nexport const a = good;",
    rule: 'no-restricted-imports',
  },
  'activities do not know the workers': {
    file: 'activities/b.ts',
    code: "import { good } from '../workers/good.ts';\nexport const b = good;",
    rule: 'no-restricted-imports',
  },
  'activities do not know the commands': {
    file: 'activities/c.ts',
    code: "import { good } from '../cli/good.ts';\nexport const c = good;",
    rule: 'no-restricted-imports',
  },
  'config imports core alone': {
    file: 'config/a.ts',
    code: "import { good } from '../activities/good.ts';\nexport const a = good;",
    rule: 'no-restricted-imports',
  },
  'nobody imports test': {
    file: 'cli/a.ts',
    code: "import { good } from '../test/good.ts';\nexport const a = good;",
    rule: 'no-restricted-imports',
  },
  'the environment is read in config alone': {
    file: 'cli/b.ts',
    code: 'export const b = process.env;',
    rule: 'no-process-env',
  },
  'the environment is read in config alone, by whatever name': {
    file: 'activities/d.ts',
    code: "import { env } from 'node:process';\nexport const d = env;",
    rule: 'no-restricted-imports',
  },
  'a command ends by the one way out': {
    file: 'cli/h.ts',
    code: 'export const h = (): never => process.exit(0);',
    rule: 'no-process-exit',
  },
  'modules form no cycle': {
    file: 'cli/one.ts',
    code: "import { two } from './two.ts';\nexport const one = (): number => two();",
    rule: 'no-cycle',
  },
  'no promise is left alone': {
    file: 'cli/c.ts',
    code: 'async function work(): Promise<void> {}\nexport function c(): void {\n  work();\n}',
    rule: 'no-floating-promises',
  },
  'a function has three parameters at most': {
    file: 'cli/d.ts',
    code: 'export const d = (a: number, b: number, c: number, e: number): number => a + b + c + e;',
    rule: 'max-params',
  },
  'a file has 250 lines at most': {
    file: 'cli/e.ts',
    code: Array.from({ length: 251 }, (_, line) => `export const e${line} = ${line};`).join('\n'),
    rule: 'max-lines',
  },
  'a function has 60 lines at most': {
    file: 'cli/f.ts',
    code: `export function f(): number {\n  let sum = 0;\n${'  sum += 1;\n'.repeat(60)}  return sum;\n}`,
    rule: 'max-lines-per-function',
  },
  'any is no type': {
    file: 'cli/g.ts',
    code: 'export const g = (value: any): unknown => value;',
    rule: 'no-explicit-any',
  },
};

const CLEAN: Record<string, string> = {
  'core/good.ts': "import { z } from 'zod';\nexport const good = z.string();",
  'core/inner/good.ts': "import { good as outer } from '../good.ts';\nexport const good = outer;",
  'workflows/good.ts':
    "import { sleep } from '@temporalio/workflow';\nimport type { good as Activity } from '../activities/good.ts';\n" +
    "import { good as schema } from '../core/good.ts';\nexport const good = { sleep, schema } satisfies { sleep: unknown; schema: unknown };\n" +
    'export type Good = typeof Activity;',
  'activities/good.ts': "import { good as schema } from '../core/good.ts';\nexport const good = schema;",
  'config/good.ts':
    "import { good as schema } from '../core/good.ts';\nexport const good = { schema, environment: process.env };",
  'workers/good.ts': "import { good as config } from '../config/good.ts';\nexport const good = config;",
  'cli/good.ts': "import { good as worker } from '../workers/good.ts';\nexport const good = worker;",
  'cli/two.ts': "import { one } from './one.ts';\nexport const two = (): number => one();",
  'test/good.ts':
    "import { good as command } from '../cli/good.ts';\nexport const good = { command, home: process.env['HOME'] };",
};

const found = lintPlanted();

test.each(Object.entries(PLANTED))('%s', (_title, { file, rule }) => {
  expect(found.filter((one) => one.file === file).map((one) => one.rule)).toEqual([rule]);
});

test.each(Object.keys(CLEAN).filter((file) => file !== 'cli/two.ts'))('what keeps to the rules passes: %s', (file) => {
  expect(found.filter((one) => one.file === file)).toEqual([]);
});

/** What the linter says, with this checkout's rules, of a house in which everything above is built in. */
function lintPlanted(): { file: string; rule: string }[] {
  const house = temporaryFolder();
  const files = { ...CLEAN, ...Object.fromEntries(Object.values(PLANTED).map(({ file, code }) => [file, code])) };
  for (const [file, code] of Object.entries(files)) {
    mkdirSync(dirname(join(house, file)), { recursive: true });
    writeFileSync(join(house, file), `${code}\n`);
  }
  const options = {
    strict: true,
    target: 'es2023',
    module: 'nodenext',
    allowImportingTsExtensions: true,
    noEmit: true,
  };
  writeFileSync(join(house, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
  writeFileSync(join(house, '.oxlintrc.json'), rules());
  const oxlint = resolve('node_modules/oxlint/bin/oxlint');
  const { stdout } = spawnSync(process.execPath, [oxlint, '--type-aware', '-f', 'json'], {
    cwd: house,
    encoding: 'utf8',
  });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] };
  return diagnostics.map(({ filename, code }) => ({ file: filename, rule: /\(([^)]+)\)/.exec(code)?.[1] ?? code }));
}

function rules(): string {
  return readFileSync(resolve('.oxlintrc.json'), 'utf8').replace('./node_modules', resolve('node_modules'));
}
