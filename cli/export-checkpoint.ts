import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readRunManifest } from '../activities/bookkeeping/start-run.ts';
import type { Store } from '../activities/store.ts';
import { checkpointManifest, type CheckpointManifest } from '../core/job.ts';
import { modelCard } from '../core/model-card.ts';
import { keys } from '../core/names.ts';
import { recipe as recipeSchema } from '../core/recipe.ts';
import { report as reportSchema } from '../core/report.ts';
import { UserError } from './user-error.ts';

/** What a job that continues takes from its input checkpoint: nobody else needs it. */
const OF_THE_TRAINER = /^(trainer_state\.safetensors|manifest\.json)$/;

export interface Export {
  run: string;
  checkpoint: string;
  folder: string;
}

/**
 * Copies what transformers loads of a checkpoint, each file held against the hash that its manifest has, and writes a model
 * card beside it. The folder appears whole or not at all; returns the names of its files.
 */
export async function exportCheckpoint(store: Store, { run, checkpoint, folder }: Export): Promise<string[]> {
  const manifest = await readCheckpoint(store, run, checkpoint);
  await refuseFull(folder);
  const source = store.path(keys.checkpoint(run, checkpoint));
  const aside = `${folder}.${process.pid}.tmp`;
  try {
    await mkdir(aside, { recursive: true });
    const names = Object.keys(manifest.files).filter((name) => !OF_THE_TRAINER.test(name));
    for (const name of names) {
      await mkdir(dirname(join(aside, name)), { recursive: true });
      await copyFile(join(source, name), join(aside, name));
      await refuseChanged(join(aside, name), join(source, name), manifest.files[name]?.sha256);
    }
    await writeFile(join(aside, 'README.md'), await cardOf(store, run, { checkpoint, manifest }));
    await removeEmpty(folder);
    await rename(aside, folder);
    return ['README.md', ...names].toSorted();
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function readCheckpoint(store: Store, run: string, checkpoint: string): Promise<CheckpointManifest> {
  const known = await store.list(`${keys.run(run)}/checkpoints`);
  const whole = await Promise.all(known.map((name) => store.exists(`${keys.checkpoint(run, name)}/manifest.json`)));
  const finished = known.filter((_, index) => whole[index]);
  if (!finished.includes(checkpoint)) {
    const there = finished.length > 0 ? `there is ${finished.join(', ')}` : 'it has none';
    throw new UserError(`the run "${run}" has no checkpoint "${checkpoint}"; ${there}`);
  }
  return checkpointManifest.parse(await store.readJson(`${keys.checkpoint(run, checkpoint)}/manifest.json`));
}

async function refuseFull(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (found.length > 0) throw new UserError(`${folder} is not empty: name a folder that is not there yet`);
}

async function refuseChanged(copy: string, original: string, sha256: string | undefined): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(copy)) hash.update(chunk as Buffer);
  if (hash.digest('hex') === sha256) return;
  throw new UserError(`${original} is not the file that its manifest names: the checkpoint is damaged`);
}

/** An empty folder makes room for the one that is renamed to its name. */
async function removeEmpty(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

async function cardOf(
  store: Store,
  run: string,
  { checkpoint, manifest }: { checkpoint: string; manifest: CheckpointManifest },
): Promise<string> {
  const begun = await readRunManifest(store, run);
  if (!begun) throw new UserError(`there is no run "${run}" in this home`);
  const { name } = recipeSchema.parse(await store.readJson(store.keyOf(begun.recipe)));
  const found = await store.readJson(keys.report(run));
  const evaluations = found === undefined ? [] : reportSchema.parse(found).evaluations;
  return modelCard({
    run,
    checkpoint,
    recipe: { name, hash: begun.recipeHash },
    manifest,
    evaluations: evaluations.filter(({ policy }) => policy === checkpoint),
  });
}
