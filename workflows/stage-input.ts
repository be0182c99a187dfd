import type { AdmissionSettings } from '../core/admission-settings.ts';
import type { StageBoard } from '../core/board.ts';
import type { Artifact } from '../core/record.ts';
import type { RolloutStage } from '../core/stages.ts';
import type { Tuned } from '../activities/agent/knobs.ts';
import type { Spending } from './spending.ts';

/** What a stage of rollouts is given, and what it gives to the execution that it goes on in. */
export interface StageInput {
  run: string;
  stage: RolloutStage;
  recipe: Artifact;
  heartbeat: string;
  gpus: number;
  maxInfraFailedShare: number;
  /** How rollouts are let in; none in a stage that was begun before there was any. */
  admission?: AdmissionSettings;
  /** None where the recipe sets no budget. */
  spending?: Spending | undefined;
  /** Set where engines that somebody else runs serve the student. */
  outside?: true;
  /** Set where the stage goes on in a new execution: what was counted so far, and what an operator has tuned. */
  board?: StageBoard;
  tuned?: Tuned;
}
