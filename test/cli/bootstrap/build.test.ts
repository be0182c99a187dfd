import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { build } from '../../../cli/bootstrap/build.cjs';
import { temporaryFolders } from '../../support/temporary.ts';

const folder = temporaryFolders();

/** A checkout whose compiler is this script. */
function checkout(): { root: string; compiler(script: string): void; source(text: string): void } {
  const root = folder();
  for (const folder of ['node_modules/typescript/bin', 'core', 'dist/cli'])
    mkdirSync(join(root, folder), { recursive: true });
  for (const file of ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'dist/cli/build-workflow-bundle.js'])
    writeFileSync(join(root, file), '');
  return {
    root,
    compiler: (script) => writeFileSync(join(root, 'node_modules/typescript/bin/tsc'), script),
    source: (text) => writeFileSync(join(root, 'core/a.ts'), text),
  };
}

test('after a build that failed the sources are built again, also where they are those of the last good one again', async () => {
  const { root, compiler, source } = checkout();
  source('good');
  compiler('');
  await build.run(root);
  expect(build.needed(root)).toBe(false);

  // tsc writes what it compiled, whatever it has to say about it.
  source('bad');
  compiler('process.exit(1)');
  await expect(build.run(root)).rejects.toThrow('ended with 1');

  source('good');
  expect(build.needed(root)).toBe(true);
});
