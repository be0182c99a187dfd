import { readRunManifest } from '../../activities/bookkeeping/start-run.ts';
import type { Store } from '../../activities/store.ts';
import type { LineageGraph, LineageKind } from '../../core/lineage.ts';
import { UserError } from '../user-error.ts';
import { readLineage } from './graph.ts';
import { nearestOf } from './nearest.ts';

/** In this order, where a name stands for several things. */
const KINDS = ['rollout', 'checkpoint', 'dataset', 'task', 'paper', 'verdict'] as const satisfies LineageKind[];

export interface FoundThing {
  run: string;
  graph: LineageGraph;
  id: string;
}

/** The thing that a person has named, and the graph of its run. Throws a sentence where there is none of this name. */
export async function findThing(store: Store, given: string): Promise<FoundThing> {
  const runs = await store.list('runs');
  const asked = readName(given, runs);
  const run = asked.run ?? (await newestOf(store, runs));
  if (run === undefined) throw new UserError('no run has begun in this home: there is nothing to trace');
  const graph = await readLineage(store, run);
  if (!graph) throw new UserError(`there is no run "${run}" in this home; its runs: ${runs.join(', ') || 'none'}`);
  const kinds = asked.kind === undefined ? KINDS : [asked.kind];
  const id = kinds.map((kind) => `${kind}:${asked.name}`).find((candidate) => graph.nodes.has(candidate));
  if (id !== undefined) return { run, graph, id };
  const whole =
    asked.kind === undefined && runs.includes(asked.name) ? await readLineage(store, asked.name) : undefined;
  throw whole ? isRun(whole, asked.name) : notFound(graph, run, asked.name);
}

interface Asked {
  /** The newest one where none is named. */
  run?: string | undefined;
  kind?: LineageKind | undefined;
  name: string;
}

/** `RUN/NAME`, `KIND:NAME`, `NAME`, a rollout's id, which begins with its run, or the address of a file in the store. */
function readName(given: string, runs: readonly string[]): Asked {
  const address = readAddress(given);
  if (address) return address;
  const [, inRun, rest = given] = /^([^/]+)\/(.+)$/.exec(given) ?? [];
  const [, kind, name = rest] = new RegExp(`^(${KINDS.join('|')}):(.+)$`).exec(rest) ?? [];
  const parts = name.split('.');
  const run = inRun ?? (parts.length === 5 ? parts[0] : runs.find((one) => name.startsWith(`${one}.`)));
  return { run, kind: kind as LineageKind | undefined, name };
}

/** The kind of what lies in each folder of a run. */
const FOLDERS = { checkpoints: 'checkpoint', datasets: 'dataset', rollouts: 'rollout', tasks: 'task' } as const;

/** What an artifact belongs to; `store:` stands before it where a manifest names it. */
function readAddress(given: string): Asked | undefined {
  const [, run, folder, name = '', file] =
    /^(?:store:)?runs\/([^/]+)\/(checkpoints|datasets|rollouts|tasks)\/([^/]+)(?:\/(.*))?$/.exec(given) ?? [];
  if (run === undefined) return undefined;
  const kind = file === 'verdict.json' ? 'verdict' : FOLDERS[folder as keyof typeof FOLDERS];
  return { run, kind, name };
}

async function newestOf(store: Store, runs: readonly string[]): Promise<string | undefined> {
  const begun = await Promise.all(
    runs.map(async (run) => ({ run, at: (await readRunManifest(store, run))?.createdAt ?? '' })),
  );
  return begun.toSorted((a, b) => (a.at < b.at ? 1 : -1))[0]?.run;
}

/** What a run has under each name. */
function kindsByName({ nodes }: LineageGraph): Map<string, LineageKind[]> {
  const names = new Map<string, LineageKind[]>();
  for (const { id, kind } of nodes.values()) {
    const name = id.slice(kind.length + 1);
    const known = names.get(name);
    if (known) known.push(kind);
    else names.set(name, [kind]);
  }
  return names;
}

const NEAREST = 5;

function notFound(graph: LineageGraph, run: string, name: string): UserError {
  const names = kindsByName(graph);
  const absent = `there is no "${name}" in run ${run}`;
  if (names.size === 0) return new UserError(`${absent}: it has not made anything yet`);
  const near = nearestOf(name, names.keys(), NEAREST).map((one) => `  ${one} (${(names.get(one) ?? []).join(', ')})`);
  return new UserError(`${absent}; the nearest of what its manifests name:\n${near.join('\n')}`);
}

function isRun({ nodes }: LineageGraph, run: string): UserError {
  const checkpoints = [...nodes.values()].filter(({ kind }) => kind === 'checkpoint');
  const names = checkpoints.map(({ id }) => `${run}/${id.slice('checkpoint:'.length)}`).join(', ');
  return new UserError(
    `"${run}" is a run: name a rollout, checkpoint, dataset or task of it; its checkpoints: ${names || 'none'}`,
  );
}
