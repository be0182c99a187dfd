import { setHandler } from '@temporalio/workflow';
import { gapOf, keepsUp, letIn, newGate, noteEnded, noteWaiting, type Gate } from '../core/admission.ts';
import type { AdmissionSettings } from '../core/admission-settings.ts';
import { seconds } from '../core/duration.ts';
import { waitsForJudgeSignal } from './messages.ts';
import type { RolloutInput } from './rollout.ts';

export interface Admitting {
  /** The workflow that rollouts tell when they wait for the judge. */
  stage: string;
  concurrency: number;
  /** None in a stage that was begun before there was any. */
  settings: AdmissionSettings | undefined;
  inFlight: { has(rollout: string): boolean };
  /** Shows how many wait. */
  show(waiting: number): void;
  /** Where the stage goes on in a new execution. */
  gate?: Gate | undefined;
}

/** The gate of a stage: rollouts begin spread in time, and none is let in while too many wait for the judge. */
export function admissions({ stage, concurrency, settings, inFlight, show, gate = newGate() }: Admitting) {
  const gap = settings?.spread === undefined ? 0 : gapOf(seconds(settings.spread), concurrency);
  // Read each time: an operator may change it.
  const limit = (): number => settings?.judgeQueue ?? Infinity;
  // With no more in flight than may wait, nothing needs to be told.
  const tells = () =>
    settings && concurrency > limit() ? { stage, afterSeconds: seconds(settings.judgeAfter) } : undefined;
  setHandler(
    waitsForJudgeSignal,
    (rollout) => {
      if (inFlight.has(rollout)) noteWaiting(gate, rollout);
      show(gate.waiting.length);
    },
    { description: 'a rollout of this stage has been played and waits for the judge' },
  );
  return {
    gate,
    isOpen: (): boolean => keepsUp(gate, limit()),
    /** What the next rollout is told of its admission. */
    letIn(): Pick<RolloutInput, 'delayMs' | 'tells'> {
      const delayMs = gap === 0 ? 0 : letIn(gate, Date.now(), gap);
      const told = tells();
      return { ...(delayMs > 0 ? { delayMs } : {}), ...(told ? { tells: told } : {}) };
    },
    ended(rollout: string): void {
      noteEnded(gate, rollout);
      if (tells()) show(gate.waiting.length);
    },
  };
}
