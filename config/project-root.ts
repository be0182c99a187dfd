import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The checkout: the nearest folder with a package.json above this file, as source and as compiled to dist/. */
export function projectRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    if (dirname(folder) === folder) throw new Error(`there is no package.json above ${__dirname}`);
    folder = dirname(folder);
  }
  return folder;
}
