import type { StageReport } from '../core/report.ts';
import { syncing } from './proxies.ts';
import { playStage, type StageInput } from './rollout-stage.ts';
import { whileServed } from './serving.ts';

/**
 * One policy on one suite: the table's row. A checkpoint is served for as long as its rollouts play; engines that somebody else
 * runs are brought to it before.
 */
export async function evaluate(input: StageInput): Promise<StageReport> {
  const { run, recipe, heartbeat, stage } = input;
  const { checkpoint } = stage;
  if (checkpoint === null) return playStage(input);
  if (!input.outside) return whileServed({ run, checkpoint, heartbeat }, () => playStage(input));
  const options = { summary: `brings the engines to ${checkpoint}` };
  await syncing().syncWeights.executeWithOptions(options, [{ run, name: checkpoint, checkpoint, recipe }]);
  return playStage(input);
}
