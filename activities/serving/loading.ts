import { createHash } from 'node:crypto';
import { z } from 'zod';
import { keys } from '../../core/names.ts';
import { invalidInput } from '../failures.ts';
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

const live = z.object({ checkpoint: z.string() });

/** From here on the name stands for this checkpoint, whoever loads it next. */
export const setLive = (store: Store, { run, checkpoint: name }: ServedName, checkpoint: string): Promise<unknown> =>
  store.writeJson(keys.live(run, name), { checkpoint } satisfies z.infer<typeof live>);

/** What a server is to load. The version names the weights by the hash of their manifest, without which there is no checkpoint. */
export async function loadingOf(store: Store, { run, checkpoint: name, starts }: ServedName): Promise<Loading> {
  const now = await store.readJson(keys.live(run, name));
  const checkpoint = now === undefined ? (starts ?? name) : live.parse(now).checkpoint;
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
