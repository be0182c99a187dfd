import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of package.json above this file, wherever it is compiled to: what is not TypeScript lies there, once. */
export function packageRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error(`there is no package.json above ${__dirname}`);
    folder = above;
  }
  return folder;
}
