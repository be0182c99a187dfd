import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { readArguments } from './arguments.ts';
import { generatedFiles } from './schemas/generated-files.ts';
import { usageError } from './user-error.ts';

/** `npm run schemas`: writes the JSON Schemas and the recipe's reference into the checkout. */
export async function run(args: string[]): Promise<number> {
  const { positionals } = readArguments('schemas', args, {});
  if (positionals.length > 0) throw usageError('schemas', `"${positionals[0]}" is not understood`);
  for (const { path, text } of generatedFiles()) {
    const file = join(packageRoot(), path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`${path}\n`);
  }
  return 0;
}
