import type { StageReport } from '../core/report.ts';
import { playStage, type StageInput } from './rollout-stage.ts';

/** Rollouts of the teacher, judged; the ones that the recipe accepts become the stage's trajectories. */
export async function distill(input: StageInput): Promise<StageReport> {
  return playStage(input);
}
