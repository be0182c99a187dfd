import { z } from 'zod';
import { keys } from '../core/names.ts';
import type { Store } from './store.ts';

/** Of a checkpoint's manifest, the names of its files. */
const named = z.object({ files: z.record(z.string(), z.unknown()).default({}) });

/**
 * The files that a checkpoint's manifest names and that are gone: retention gives weights up, and leaves the manifest for what
 * came of them to be traced.
 */
export async function lostFiles(store: Store, run: string, checkpoint: string): Promise<string[]> {
  const folder = keys.checkpoint(run, checkpoint);
  const { files } = named.parse((await store.readJson(`${folder}/manifest.json`)) ?? {});
  const names = Object.keys(files);
  const there = await Promise.all(names.map((name) => store.exists(`${folder}/${name}`)));
  return names.filter((_, index) => !there[index]);
}
