import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Waits } from '../core/admission.ts';
import type { Budget } from '../core/operations.ts';
import type { RolloutReport } from '../core/rollout-report.ts';
import type { RunStatus, StageStatus } from '../core/status.ts';
import type { Tuning } from '../core/tuning.ts';

/** Messages of a run. All take one object and return one; an empty object where there is nothing to say. */
export interface Reason {
  /** For the record, shown in the status. */
  reason?: string;
}
export interface StageChoice extends Reason {
  /** The stage meant; the current one where it is not named. */
  stage?: string;
}
export interface Approval extends StageChoice {
  /** The gate meant, or that the running stage has done enough. */
  when?: string;
}
export interface Answer {
  state: string;
  stage: string | null;
  /** The scores of a rollout that the monitor had stopped, by what it found and by its judge. */
  overruled?: { before: number; now: number };
}

export const statusQuery = defineQuery<RunStatus>('status');
export const pauseUpdate = defineUpdate<Answer, [Reason | undefined]>('pause');
export const resumeUpdate = defineUpdate<Answer, [Reason | undefined]>('resume');
export const skipUpdate = defineUpdate<Answer, [StageChoice | undefined]>('skip');
export const approveUpdate = defineUpdate<Answer, [Approval | undefined]>('approve');
/** Checked in an activity: a schema is too much for a workflow to carry. */
export const tuneUpdate = defineUpdate<Answer, [object | undefined]>('tune');
export const abortUpdate = defineUpdate<Answer, [Reason | undefined]>('abort');

/** Messages between a stage and its run. */
export const stageStatusQuery = defineQuery<StageStatus>('status');
export const pauseStageSignal = defineSignal('pause');
export const resumeStageSignal = defineSignal('resume');
export const budgetStageSignal = defineSignal<[Budget]>('budget');
export const progressSignal = defineSignal<[StageStatus]>('progress');

/** From a factory to the papers that it makes: what they may cost, and how many of their calls are made at a time. */
export const tunePaperSignal = defineSignal<[PaperTuning]>('tune');
export interface PaperTuning {
  callsPerPaper?: number;
  paperUsd?: number;
}

/** From a run to the running stage: of a factory, what was made first is good enough for the rest; of RL, this step is the last. */
export const approveStageSignal = defineSignal('approve');

/** From a rollout to its stage: it has been played and waits for the judge. */
export const waitsForJudgeSignal = defineSignal<[Waits]>('waitsForJudge');

/** From a stage to its rollouts: the knobs allow going on. One that is begun again when it was parked says which it is now. */
export const resumeRolloutSignal = defineSignal<[stageRun?: string]>('resume');
/** From a rollout to the stage that it plays for: it has ended. */
export const rolloutEndedSignal = defineSignal<[RolloutReport]>('rolloutEnded');

/** From a rollout to such a stage: a provider refuses what a person must mend, and it waits for that. */
export const rolloutRefusedSignal = defineSignal<[Refused]>('rolloutRefused');
export interface Refused {
  rollout: string;
  /** The provider's refusal, for a person. */
  why: string;
  /** Of the stage that it last heard of: the id of that one's first execution. */
  stageRun?: string;
}

/** From an operator, by way of the run, to the running stage. */
export const tuneStageSignal = defineSignal<[Tuning]>('tune');

/** Of a text in a message: it stands in the history, and in the UI. */
const LONGEST = 2000;

/** Refuses what is not one object of texts with these names: a typo must not be taken for the default. */
export function demandTexts(input: unknown, names: readonly string[]): void {
  if (input === undefined) return;
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new Error(`the input must be one object, such as {} (got ${JSON.stringify(input)})`);
  }
  for (const [name, value] of Object.entries(input)) {
    if (!names.includes(name)) throw new Error(`${name}: there is no such field; there is ${names.join(', ')}`);
    if (typeof value !== 'string') throw new Error(`${name}: must be a text (got ${JSON.stringify(value)})`);
    if (value.length > LONGEST) throw new Error(`${name}: at most ${LONGEST} characters (got ${value.length})`);
  }
}
