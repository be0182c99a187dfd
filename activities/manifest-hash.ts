import { createHash } from 'node:crypto';
import { keys } from '../core/names.ts';
import type { Store } from './store.ts';

/** sha256 of a checkpoint's manifest, which names its weights; undefined where there is no such checkpoint. */
export async function manifestHash(store: Store, run: string, checkpoint: string): Promise<string | undefined> {
  const key = `${keys.checkpoint(run, checkpoint)}/manifest.json`;
  if (!(await store.exists(key))) return undefined;
  return createHash('sha256')
    .update(await store.read(key))
    .digest('hex');
}
