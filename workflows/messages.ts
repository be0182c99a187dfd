import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { RunStatus, StageStatus } from '../core/status.ts';

/** Messages of a run. All take one object and return one; an empty object where there is nothing to say. */
export interface Reason {
  /** For the record, shown in the status. */
  reason?: string;
}
export interface StageChoice extends Reason {
  /** The stage meant; the current one where it is not named. */
  stage?: string;
}
export interface Answer {
  state: string;
  stage: string | null;
}

export const statusQuery = defineQuery<RunStatus>('status');
export const pauseUpdate = defineUpdate<Answer, [Reason | undefined]>('pause');
export const resumeUpdate = defineUpdate<Answer, [Reason | undefined]>('resume');
export const skipUpdate = defineUpdate<Answer, [StageChoice | undefined]>('skip');
export const approveUpdate = defineUpdate<Answer, [StageChoice | undefined]>('approve');
export const abortUpdate = defineUpdate<Answer, [Reason | undefined]>('abort');

/** Messages between a stage and its run. */
export const stageStatusQuery = defineQuery<StageStatus>('status');
export const pauseStageSignal = defineSignal('pause');
export const resumeStageSignal = defineSignal('resume');
export const progressSignal = defineSignal<[StageStatus]>('progress');

/** From a run to its factory: what was made first is good enough for the rest. */
export const approveStageSignal = defineSignal('approve');

/** From a rollout to its stage: it has been played and waits for the judge. */
export const waitsForJudgeSignal = defineSignal<[string]>('waitsForJudge');

/** From a stage to its rollouts: the knobs allow going on. */
export const resumeRolloutSignal = defineSignal('resume');
