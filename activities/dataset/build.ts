import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  datasetManifest,
  datasetSpec,
  type DatasetManifest,
  type DatasetSpec,
  type DatasetSpecInput,
  type TrajectorySource,
} from '../../core/dataset.ts';
import { buildApart, type DatasetHooks } from './builder.ts';
import { asidesOf, clearAsides, goOnFrom, newAside } from './aside.ts';
import { writeIndex, hashOf } from './sources.ts';
import { JOURNAL } from './journal.ts';

export interface DatasetRequest {
  /** The folder that appears, whole, when the dataset is finished. */
  output: string;
  /** Folder with the student's tokenizer.json, tokenizer_config.json and chat template. */
  tokenizer: string;
  spec: DatasetSpecInput;
  /** Accepted trajectories in their order; none for drills. */
  trajectories: Iterable<TrajectorySource> | AsyncIterable<TrajectorySource>;
}

/** What the child reads, as JSON. */
export interface ChildJob {
  folder: string;
  build: string;
  tokenizer: string;
  index: string;
  spec: DatasetSpec;
}

const INDEX = 'sources.jsonl';
const JOB = 'job.json';

/**
 * Turn logs → windows → Parquet shards with a card and a manifest, in a process of its own. Asked again, a finished dataset
 * is left as it is, and one that was interrupted goes on after its last finished shard; either way its bytes are the same. Each
 * attempt works in a folder of its own: one that was overtaken and does not know it yet is in the way of no other.
 */
export async function buildDataset(request: DatasetRequest, hooks: DatasetHooks = {}): Promise<DatasetManifest> {
  const { output, tokenizer } = request;
  const spec = datasetSpec.parse(request.spec);
  const folder = await newAside(output);
  const index = join(folder, INDEX);
  const sources = await writeIndex(index, request.trajectories);
  const build = await hashOf({ spec, tokenizer, sources });
  const job: ChildJob = { folder, build, tokenizer, index, spec };
  try {
    if (!(await manifestOf(output, build))) await make(output, job, hooks);
  } catch (error) {
    // Nothing to go on from.
    if (!existsSync(join(folder, JOURNAL))) await rm(folder, { recursive: true, force: true });
    // Another attempt may have published the same meanwhile, and cleared away what this one was at.
    if (hooks.signal?.aborted || !(await manifestOf(output, build))) throw error;
  }
  await clearAsides(output);
  return published(output);
}

async function make(output: string, job: ChildJob, hooks: DatasetHooks): Promise<void> {
  const { folder, build } = job;
  const others = (await asidesOf(output)).filter((other) => other !== folder);
  for (const other of others) {
    // Its attempt died before it could rename it, or is about to.
    if (await manifestOf(other, build)) return publish(other, output, build);
  }
  await goOnFrom(others, job);
  await writeFile(join(folder, JOB), `${JSON.stringify(job)}\n`);
  await buildApart(join(folder, JOB), hooks);
  await publish(folder, output, build);
}

/** The manifest of a finished dataset, if it is of this very build. */
async function manifestOf(folder: string, build: string): Promise<DatasetManifest | undefined> {
  if (!existsSync(join(folder, 'manifest.json'))) return undefined;
  const manifest = await published(folder);
  return manifest.build === build ? manifest : undefined;
}

const published = async (folder: string): Promise<DatasetManifest> =>
  datasetManifest.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));

/** What another attempt has published of the same build stands: somebody may be reading it. */
async function publish(folder: string, output: string, build: string): Promise<void> {
  for (const name of [INDEX, JOB, JOURNAL]) await rm(join(folder, name), { force: true });
  if (await manifestOf(output, build)) return;
  if (existsSync(output)) await rename(output, await newAside(output));
  await rename(folder, output);
}
