import type { AdmissionSettings } from '../core/admission-settings.ts';
import type { Artifact } from '../core/record.ts';
import type { RlStage } from '../core/stages.ts';

export interface RlStageInput {
  run: string;
  stage: RlStage;
  recipe: Artifact;
  heartbeat: string;
  gpus: number;
  maxInfraFailedShare: number;
  /** How rollouts are let in: see `admissions`. */
  admission: AdmissionSettings;
}
