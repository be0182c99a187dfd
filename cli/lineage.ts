import { createFolderStore, type Store } from '../activities/store.ts';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { readRunManifest } from '../activities/bookkeeping/start-run.ts';
import { readEnvironment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { lineageText, lineageTree, type LineageGraph } from '../core/lineage.ts';
import { readArguments } from './arguments.ts';
import { readLineage } from './lineage/graph.ts';
import { usageError, UserError } from './user-error.ts';

/** In this order, where a name stands for several things. */
const KINDS = ['rollout', 'checkpoint', 'dataset', 'task', 'paper', 'verdict'] as const;

/** `npm run lineage -- NAME [--json]`: what something was made of, and what came of it. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments('lineage', args, { json: { type: 'boolean' } });
  const [name] = positionals;
  if (name === undefined || positionals.length > 1)
    throw usageError('lineage', 'name one rollout, checkpoint, dataset or task');
  const { home } = readEnvironment(packageRoot());
  const store = createFolderStore(homePaths(home).store);
  const { graph, id } = await find(store, name);
  const [from, to] = [lineageTree(graph, id, 'up'), lineageTree(graph, id, 'down')];
  const text = ['made of', ...lineageText(from, '  '), 'came of it', ...lineageText(to, '  ')].join('\n');
  process.stdout.write(values.json ? `${JSON.stringify({ madeOf: from, cameOfIt: to }, null, 2)}\n` : `${text}\n`);
  return 0;
}

/** `RUN.STAGE.STEP.TASK.MEMBER`, `RUN/NAME`, `KIND:NAME` or `NAME`; the newest run where none is named. */
async function find(store: Store, name: string): Promise<{ graph: LineageGraph; id: string }> {
  const runs = await store.list('runs');
  const named = runs.find((run) => name === run || name.startsWith(`${run}.`) || name.startsWith(`${run}/`));
  const run = named ?? (await newestOf(store, runs));
  if (run === undefined) throw new UserError('no run has begun in this home: there is nothing to trace');
  const graph = await readLineage(store, run);
  if (!graph) throw new UserError(`there is no run "${run}" in this home`);
  const wanted = name.startsWith(`${run}/`) ? name.slice(run.length + 1) : name;
  const id = [wanted, ...KINDS.map((kind) => `${kind}:${wanted}`)].find((candidate) => graph.nodes.has(candidate));
  if (id === undefined) {
    const checkpoints = namesOf(graph, 'checkpoint').join(', ') || 'none';
    throw new UserError(
      `there is no "${wanted}" in run ${run}: looked for a ${KINDS.join(', ')} of this name in its manifests; its checkpoints: ${checkpoints}`,
    );
  }
  return { graph, id };
}

const namesOf = (graph: LineageGraph, kind: string): string[] =>
  [...graph.nodes.values()].filter((node) => node.kind === kind).map(({ id }) => id.slice(kind.length + 1));

async function newestOf(store: Store, runs: readonly string[]): Promise<string | undefined> {
  const begun = await Promise.all(
    runs.map(async (run) => ({ run, at: (await readRunManifest(store, run))?.createdAt ?? '' })),
  );
  return begun.toSorted((a, b) => (a.at < b.at ? 1 : -1))[0]?.run;
}
