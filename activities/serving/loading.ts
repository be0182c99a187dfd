import { createHash } from 'node:crypto';
import { z } from 'zod';
import { keys } from '../../core/names.ts';
import { invalidInput, leaseLost } from '../failures.ts';
import { lostFiles } from '../lost-files.ts';
import type { Store } from '../store.ts';
import type { Loading } from './admin-client.ts';

/** What is to be served under a name. */
export interface ServedName {
  run: string;
  /** A checkpoint, or a name that stands for one checkpoint after the other. */
  checkpoint: string;
  /** What the name stands for at first; itself where nothing is said. */
  starts?: string | undefined;
}

/** `epoch`: of the attempt that said so; nothing in what was written before there was any. */
const live = z.object({ checkpoint: z.string(), epoch: z.number().default(0) });

async function readLive(store: Store, { run, checkpoint: name }: ServedName) {
  const now = await store.readJson(keys.live(run, name));
  return now === undefined ? undefined : live.parse(now);
}

/** From here on the name stands for this checkpoint, whoever loads it next. LeaseLost where a later attempt has said something. */
export async function setLive(store: Store, name: ServedName, given: z.infer<typeof live>): Promise<void> {
  await demandNewest(store, name, given.epoch);
  await store.writeJson(keys.live(name.run, name.checkpoint), given);
}

/** Throws LeaseLost where a later attempt has said what the name stands for. */
export async function demandNewest(store: Store, name: ServedName, epoch: number): Promise<void> {
  const now = await readLive(store, name);
  if (now && now.epoch > epoch) throw leaseLost(new Error(`${now.checkpoint} was made live by a later attempt`));
}

/** What a server is to load. The version names the weights by the hash of their manifest, without which there is no checkpoint. */
export async function loadingOf(store: Store, served: ServedName): Promise<Loading> {
  const { run, checkpoint: name, starts } = served;
  const checkpoint = (await readLive(store, served))?.checkpoint ?? starts ?? name;
  const key = keys.checkpoint(run, checkpoint);
  if (!(await store.exists(`${key}/manifest.json`))) {
    throw invalidInput(`there is no checkpoint ${key}: its manifest is missing`);
  }
  const lost = await lostFiles(store, run, checkpoint);
  if (lost.length > 0) throw invalidInput(`the checkpoint ${key} cannot be served: it has lost ${lost.join(', ')}`);
  const sha256 = createHash('sha256')
    .update(await store.read(`${key}/manifest.json`))
    .digest('hex');
  return { model: `${run}/${name}`, path: store.path(key), version: `${checkpoint}-${sha256.slice(0, 12)}` };
}
