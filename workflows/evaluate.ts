import { CancellationScope, isCancellation, patched } from '@temporalio/workflow';
import type { StageReport } from '../core/report.ts';
import type { SyncWeightsInput } from '../activities/weight-sync.ts';
import { syncing } from './proxies.ts';
import { closeUnplayed, playStage } from './rollout-stage.ts';
import type { StageInput } from './stage-input.ts';
import { whileServed } from './serving.ts';

/**
 * One policy on one suite: the table's row. A checkpoint is served for as long as its rollouts play; engines that somebody else
 * runs are brought to it before.
 */
export async function evaluate(input: StageInput): Promise<StageReport> {
  const { run, recipe, heartbeat, stage } = input;
  const { checkpoint } = stage;
  if (checkpoint === null) return playStage(input);
  if (!input.outside) return playStage(input, (play) => whileServed({ run, checkpoint, heartbeat }, play));
  await bringEngines(input, { run, name: checkpoint, checkpoint, recipe });
  return playStage(input);
}

async function bringEngines(input: StageInput, to: SyncWeightsInput): Promise<void> {
  const options = { summary: `brings the engines to ${to.checkpoint}` };
  try {
    await syncing().syncWeights.executeWithOptions(options, [to]);
  } catch (error) {
    // Before this patch the ledger stayed open of what an earlier execution had planned and played.
    if (isCancellation(error) && patched('cancelled-before-it-plays'))
      await CancellationScope.nonCancellable(() => closeUnplayed(input));
    throw error;
  }
}
