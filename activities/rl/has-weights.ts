import type { RlStepRecord } from '../../core/rl-report.ts';
import { lostFiles } from '../lost-files.ts';
import { manifestHash } from '../manifest-hash.ts';
import type { Store } from '../store.ts';

/** Whether the checkpoint that a step left is there with all that its manifest names: retention leaves the manifest alone. */
export async function hasWeights(
  store: Store,
  run: string,
  { checkpoint, manifestSha256 }: Pick<RlStepRecord, 'checkpoint' | 'manifestSha256'>,
): Promise<boolean> {
  if ((await manifestHash(store, run, checkpoint)) !== manifestSha256) return false;
  return (await lostFiles(store, run, checkpoint)).length === 0;
}
