import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { checkpointManifest, type CheckpointManifest } from '../../core/job.ts';
import { keys } from '../../core/names.ts';
import { add, stageOf, takenFrom, type Reading } from './reading.ts';

export interface Checkpoint {
  name: string;
  /** Of its manifest, which names its weights. */
  sha256: string;
  manifest: CheckpointManifest;
  /** The run that trained it, where it was taken over. */
  from: string | undefined;
}

export type Checkpoints = ReadonlyMap<string, Checkpoint>;

/** A checkpoint stands on its windows and on the one that it was trained from; a stage's own on that of its last step. */
export async function addCheckpoints(reading: Reading): Promise<Checkpoints> {
  const { store, run, graph } = reading;
  const checkpoints = new Map<string, Checkpoint>();
  for (const name of await store.list(`${keys.run(run)}/checkpoints`)) {
    const checkpoint = await readCheckpoint(reading, name);
    if (checkpoint) checkpoints.set(name, checkpoint);
  }
  for (const checkpoint of checkpoints.values()) {
    const { kind, step } = checkpoint.manifest;
    const made = add(reading, `checkpoint:${checkpoint.name}`, { kind, step, ...takenFrom(checkpoint.from) });
    for (const of of madeOf(reading, checkpoints, checkpoint)) graph.edges.push({ made, of });
  }
  return checkpoints;
}

async function readCheckpoint(reading: Reading, name: string): Promise<Checkpoint | undefined> {
  const { store, run, manifests } = reading;
  const key = `${keys.checkpoint(run, name)}/manifest.json`;
  if (!(await store.exists(key))) return undefined;
  const bytes = await store.read(key);
  const manifest = checkpointManifest.parse(JSON.parse(bytes.toString()));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  // A fork at a step has no stage to say it, but what it took over keeps the id of the job that made it.
  const [trainedBy] = manifest.job.split('.');
  const from = manifests.get(stageOf(reading, name))?.reusedFrom ?? (trainedBy === run ? undefined : trainedBy);
  return { name, sha256, manifest, from };
}

function madeOf(reading: Reading, checkpoints: Checkpoints, checkpoint: Checkpoint): string[] {
  const same = publishedFrom(reading, checkpoints, checkpoint);
  if (same) return [`checkpoint:${same.name}`];
  const { batch } = checkpoint.manifest;
  const datasets = batch.flatMap(({ path }) => /\/datasets\/([^/]+)\//.exec(path)?.[1] ?? []);
  const parent = parentOf(checkpoints, checkpoint);
  return [...[...new Set(datasets)].map((name) => `dataset:${name}`), ...(parent ? [`checkpoint:${parent.name}`] : [])];
}

/** What a stage of RL gave its own name: the checkpoint of a step of its, or the one that it began with where none trained. */
function publishedFrom(
  { stages, steps }: Reading,
  checkpoints: Checkpoints,
  { name, sha256 }: Checkpoint,
): Checkpoint | undefined {
  const stage = stages.get(name);
  if (stage?.type !== 'rl') return undefined;
  const had = [stage.from, ...(steps.get(name) ?? []).map(({ checkpoint }) => checkpoint)];
  const same = had.findLast((one) => checkpoints.get(one)?.sha256 === sha256);
  return same === undefined ? undefined : checkpoints.get(same);
}

/** Several may have the same hash: then it is the one of that name. */
function parentOf(checkpoints: Checkpoints, { manifest: { parent } }: Checkpoint): Checkpoint | undefined {
  if (parent === null) return undefined;
  return withHash(checkpoints, parent.sha256, basename(parent.path));
}

/** The checkpoint whose hash begins so, of this name if it has the hash. */
function withHash(checkpoints: Checkpoints, hash: string, name: string): Checkpoint | undefined {
  const named = checkpoints.get(name);
  if (named?.sha256.startsWith(hash)) return named;
  return [...checkpoints.values()].find(({ sha256 }) => sha256.startsWith(hash));
}

/**
 * The checkpoint that a turn's policy version names: `<checkpoint>-<twelve digits of its hash>`. The hash decides, for the name of
 * a stage may have been given to a later checkpoint since; an engine that knows no hashes may say the name alone.
 */
export function checkpointOf(checkpoints: Checkpoints, version: string): Checkpoint | undefined {
  const [, name = version, hash] = /^(.*)-([0-9a-f]{12})$/.exec(version) ?? [];
  return (hash === undefined ? undefined : withHash(checkpoints, hash, name)) ?? checkpoints.get(name);
}
