import { z } from 'zod';
import { keys } from '../../core/names.ts';
import type { Store } from '../store.ts';

/** What a language model was told beside the task: it cannot be made again from prompts that have changed since. */
const told = z.object({
  system: z.string(),
  tools: z.array(
    z.object({ name: z.string(), description: z.string(), inputSchema: z.record(z.string(), z.unknown()) }),
  ),
});
export type Told = z.infer<typeof told>;

/** Keeps it under the version that stands in every turn, once for all runs. */
export async function keepTold(store: Store, version: string, value: Told): Promise<void> {
  const key = keys.told(version);
  if (!(await store.exists(key))) await store.writeJson(key, value);
}

/** What the policy that made a turn was told; undefined where nobody has kept it. */
export async function readTold(store: Store, policyVersion: string): Promise<Told | undefined> {
  const found = await store.readJson(keys.told(policyVersion.split('/').at(-1) ?? ''));
  return found === undefined ? undefined : told.parse(found);
}
