import type { StageReport } from '../core/report.ts';
import { playStage } from './rollout-stage.ts';
import type { StageInput } from './stage-input.ts';

/** Rollouts of the teacher, judged; the ones that the recipe accepts become the stage's trajectories. */
export async function distill(input: StageInput): Promise<StageReport> {
  return playStage(input);
}
