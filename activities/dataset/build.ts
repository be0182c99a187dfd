import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
 * is left as it is, and one that was interrupted goes on after its last finished shard; either way its bytes are the same.
 */
export async function buildDataset(request: DatasetRequest, hooks: DatasetHooks = {}): Promise<DatasetManifest> {
  const spec = datasetSpec.parse(request.spec);
  const folder = `${request.output}.partial`;
  await mkdir(folder, { recursive: true });
  const index = join(folder, INDEX);
  const sources = await writeIndex(index, request.trajectories);
  const build = await hashOf({ spec, tokenizer: request.tokenizer, sources });
  const done = await manifestOf(request.output, build);
  if (done) {
    await rm(folder, { recursive: true });
    return done;
  }
  if ((await buildOf(join(folder, JOB))) !== build) await clear(folder);
  const job: ChildJob = { folder, build, tokenizer: request.tokenizer, index, spec };
  await writeFile(join(folder, JOB), `${JSON.stringify(job)}\n`);
  if (!(await manifestOf(folder, build))) await buildApart(join(folder, JOB), hooks);
  return publish(folder, request.output);
}

/** The manifest of a finished dataset, if it is of this very build. */
async function manifestOf(folder: string, build: string): Promise<DatasetManifest | undefined> {
  const file = join(folder, 'manifest.json');
  if (!existsSync(file)) return undefined;
  const manifest = datasetManifest.parse(JSON.parse(await readFile(file, 'utf8')));
  return manifest.build === build ? manifest : undefined;
}

async function buildOf(file: string): Promise<string | undefined> {
  if (!existsSync(file)) return undefined;
  return (JSON.parse(await readFile(file, 'utf8')) as ChildJob).build;
}

/** What another build left behind goes; the index is of this one. */
async function clear(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name !== INDEX) await rm(join(folder, name), { recursive: true });
  }
}

async function publish(folder: string, output: string): Promise<DatasetManifest> {
  for (const name of [INDEX, JOB, JOURNAL]) await rm(join(folder, name), { force: true });
  await rm(output, { recursive: true, force: true });
  await rename(folder, output);
  return datasetManifest.parse(JSON.parse(await readFile(join(output, 'manifest.json'), 'utf8')));
}
