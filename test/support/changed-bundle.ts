import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testServer } from './server.ts';

/** Writes the workflows' bundle with one text in place of another wherever that stands, and returns its path. */
export function changedBundle(folder: string, [before, after]: readonly [string, string]): string {
  const bundle = readFileSync(testServer().bundlePath, 'utf8');
  if (!bundle.includes(before)) throw new Error(`the bundle of the workflows has nothing like ${before}`);
  const path = join(folder, `changed-${count++}.js`);
  writeFileSync(
    path,
    bundle.replaceAll(before, () => after),
  );
  return path;
}
let count = 0;

/** As the bundler leaves it. */
export const askedFor = (patch: string): string => `(0, _workflow.patched)('${patch}')`;
