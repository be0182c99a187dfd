import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { createFolderStore } from '../activities/store.ts';
import { readEnvironment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { lineageText, lineageTree, SHOWN, type LineageTree } from '../core/lineage.ts';
import { readArguments } from './arguments.ts';
import { findThing, type FoundThing } from './lineage/find.ts';
import { usageError } from './user-error.ts';

/** `npm run lineage -- NAME [--json]`: what something was made of, and what came of it. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments('lineage', args, { json: { type: 'boolean' } });
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0)
    throw usageError('lineage', 'name one rollout, checkpoint, dataset or task');
  const { home } = readEnvironment(packageRoot());
  const found = await findThing(createFolderStore(homePaths(home).store), name);
  process.stdout.write(`${values.json ? asJson(found) : asText(found)}\n`);
  return 0;
}

/** Both directions; `most` of a kind are shown of what one thing was made of, or of what came of it. */
const treesOf = ({ graph, id }: FoundThing, most: number): Record<'madeOf' | 'cameOfIt', LineageTree> => ({
  madeOf: lineageTree(graph, id, { direction: 'up', most }),
  cameOfIt: lineageTree(graph, id, { direction: 'down', most }),
});

function asText(found: FoundThing): string {
  const { madeOf, cameOfIt } = treesOf(found, SHOWN);
  const lines = ['made of', ...lineageText(madeOf, '  '), 'came of it', ...lineageText(cameOfIt, '  ')];
  return [`run ${found.run}`, ...lines].join('\n');
}

/** Everything, in one line: indented, the tree of a long run would mostly be spaces. */
const asJson = (found: FoundThing): string => JSON.stringify({ run: found.run, ...treesOf(found, Infinity) });
