import { keys } from '../../core/names.ts';
import { thinned, type LossPoint } from '../../core/losses.ts';
import type { Store } from '../store.ts';
import { readProgress } from '../trainer/progress.ts';

/** The losses that a job wrote down, thinned for a drawing; none where it wrote none. */
export async function lossCurve(store: Store, run: string, job: string): Promise<LossPoint[]> {
  const steps = await readProgress(store.path(keys.jobProgress(run, job)));
  return thinned(steps.map(({ step, loss }) => ({ step, loss })));
}
