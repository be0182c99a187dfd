import type { Store } from '../../activities/store.ts';
import type { LineageGraph } from '../../core/lineage.ts';
import { addCheckpoints } from './checkpoints.ts';
import { addDatasets } from './datasets.ts';
import { openReading } from './reading.ts';
import { addRollouts } from './rollouts.ts';
import { addTasks } from './tasks.ts';

/** What a run made from what, from its manifests and records alone; undefined where there is no such run. */
export async function readLineage(store: Store, run: string): Promise<LineageGraph | undefined> {
  const reading = await openReading(store, run);
  if (!reading) return undefined;
  await addTasks(reading);
  const checkpoints = await addCheckpoints(reading);
  const groups = await addRollouts(reading, checkpoints);
  await addDatasets(reading, { checkpoints, groups });
  return reading.graph;
}
