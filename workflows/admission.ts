import { setHandler } from '@temporalio/workflow';
import { gapOf, letIn, newGate, noteEnded, noteWaiting, placesOf, type Gate } from '../core/admission.ts';
import type { AdmissionSettings } from '../core/admission-settings.ts';
import { seconds } from '../core/duration.ts';
import { waitsForJudgeSignal } from './messages.ts';
import type { RolloutInput } from './rollout.ts';

export interface Admitting {
  /** The workflow that rollouts tell when they wait for the judge. */
  stage: string;
  /** An operator may change it while the stage runs, as the settings. */
  flow: { readonly concurrency: number };
  /** None in a stage that was begun before there was any. */
  settings: AdmissionSettings | undefined;
  inFlight: { has(rollout: string): boolean };
  /** Shows how many wait. */
  show(waiting: number): void;
  /** Where the stage goes on in a new execution. */
  gate?: Gate | undefined;
}

/** The gate of a stage: rollouts begin spread in time, and fewer are let in while too many wait for the judge. */
export function admissions({ stage, flow, settings, inFlight, show, gate = newGate() }: Admitting) {
  const gap = (): number => (settings?.spread === undefined ? 0 : gapOf(seconds(settings.spread), flow.concurrency));
  const judgeQueue = (): number => settings?.judgeQueue ?? Infinity;
  // With no more in flight than may wait, nothing needs to be told.
  const tells = () =>
    settings && flow.concurrency > judgeQueue() ? { stage, afterSeconds: seconds(settings.judgeAfter) } : undefined;
  setHandler(
    waitsForJudgeSignal,
    (waits) => {
      if (inFlight.has(waits.rollout)) noteWaiting(gate, waits);
      show(gate.waiting.length);
    },
    { description: 'a rollout of this stage has been played and waits for the judge' },
  );
  return {
    gate,
    /** How many rollouts may be in flight now. */
    places: (): number => placesOf(gate, { concurrency: flow.concurrency, judgeQueue: judgeQueue() }),
    /** What the next rollout is told of its admission. */
    letIn(): Pick<RolloutInput, 'delayMs' | 'tells'> {
      const delayMs = gap() === 0 ? 0 : letIn(gate, Date.now(), gap());
      const told = tells();
      return { ...(delayMs > 0 ? { delayMs } : {}), ...(told ? { tells: told } : {}) };
    },
    ended(rollout: string): void {
      noteEnded(gate, rollout, Date.now());
      if (tells()) show(gate.waiting.length);
    },
  };
}
