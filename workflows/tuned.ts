import type { Tuned } from '../activities/agent/knobs.ts';
import type { AdmissionSettings } from '../core/admission-settings.ts';

interface Tunable {
  stage: { timeout: string; concurrency: number; steps?: number };
  admission?: AdmissionSettings;
}

/** What is tuned counts from now on, in place: whoever admits rollouts holds the same objects. */
export function take({ stage, admission }: Tunable, { timeout, concurrency, judgeQueue, steps }: Tuned): void {
  if (timeout !== undefined) stage.timeout = timeout;
  if (concurrency !== undefined) stage.concurrency = concurrency;
  if (judgeQueue !== undefined && admission) admission.judgeQueue = judgeQueue;
  if (steps !== undefined && stage.steps !== undefined) stage.steps = steps;
}
