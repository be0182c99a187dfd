import { z } from 'zod';
import { keys } from '../../core/names.ts';
import type { Store } from '../store.ts';

/** Where a checkpoint is served. */
export const servedAddress = z.object({
  /** Without `/v1`. */
  baseUrl: z.string(),
  /** The name that requests say. */
  model: z.string(),
  /** Which weights: the checkpoint and the beginning of its manifest's hash. */
  version: z.string(),
});
export type ServedAddress = z.infer<typeof servedAddress>;

/** The address of a checkpoint; undefined while it is not served. */
export async function readAddress(store: Store, run: string, checkpoint: string): Promise<ServedAddress | undefined> {
  const given = await store.readJson(keys.serving(run, checkpoint));
  return given === undefined ? undefined : servedAddress.parse(given);
}
