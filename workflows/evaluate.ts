import type { StageReport } from '../core/report.ts';
import { playStage, type StageInput } from './rollout-stage.ts';
import { whileServed } from './serving.ts';

/** One policy on one suite: the table's row. A checkpoint is served for as long as its rollouts play. */
export async function evaluate(input: StageInput): Promise<StageReport> {
  const { run, stage } = input;
  if (!stage.checkpoint) return playStage(input);
  return whileServed({ run, checkpoint: stage.checkpoint, heartbeat: input.heartbeat }, () => playStage(input));
}
