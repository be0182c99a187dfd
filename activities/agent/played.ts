import { z } from 'zod';
import { keys } from '../../core/names.ts';
import { artifact } from '../../core/record.ts';
import { END_KINDS, usage } from '../../core/trajectory.ts';
import type { Store } from '../store.ts';

/** `played.json`: what the judge needs to know. */
export const playedRecord = z.object({
  end: z.enum(END_KINDS),
  turns: z.number().int(),
  activeSeconds: z.number(),
  /** Measured seconds that its attempts, all of them, held a sandbox. */
  sandboxSeconds: z.number(),
  waitedSeconds: z.number().optional(),
  usage,
  policyVersions: z.array(z.string()).optional(),
  submission: artifact,
  unsafeSandbox: z.boolean(),
  /** How long the submission's `reproduce.sh` may run before the judge looks; absent where nobody runs it. */
  reproduce: z.string().optional(),
});
export type PlayedRecord = z.infer<typeof playedRecord>;

/** How a rollout was played, or undefined while it has not been played to its end. */
export async function readPlayed(store: Store, rollout: string): Promise<PlayedRecord | undefined> {
  const found = await store.readJson(keys.played(rollout));
  return found === undefined ? undefined : playedRecord.parse(found);
}
