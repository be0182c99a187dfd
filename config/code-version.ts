import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What wrote a manifest: the package's version. */
export function codeVersion(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return version;
}
