import type { StageReport } from '../core/report.ts';
import { playStage, type StageInput } from './rollout-stage.ts';

/** One policy on one suite: the table's row. */
export async function evaluate(input: StageInput): Promise<StageReport> {
  return playStage(input);
}
