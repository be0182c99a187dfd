import { readProgress } from '../../activities/trainer/progress.ts';
import type { Store } from '../../activities/store.ts';
import { keys } from '../../core/names.ts';
import type { RunStatus } from '../../core/status.ts';

/**
 * A run's status with how far the job of its current stage is. A trainer's progress goes into the activity's heartbeat and a
 * log in the store, not into the workflow's history, so the status of a training stage is completed from the log.
 */
export async function withTraining(store: Store, status: RunStatus): Promise<RunStatus> {
  const current = status.stages.find(({ name }) => name === status.stage);
  if (!current || current.endedAt !== null || current.planned > 0) return status;
  const last = (await readProgress(store.path(keys.jobProgress(status.run, current.name)))).at(-1);
  if (!last) return status;
  const training = { step: last.step, steps: last.steps, loss: last.loss };
  return { ...status, stages: status.stages.map((stage) => (stage === current ? { ...stage, training } : stage)) };
}
