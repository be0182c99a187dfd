import { datasetManifest } from '../../core/dataset.ts';
import { keys } from '../../core/names.ts';
import type { WindowsReport } from '../../core/report.ts';
import type { Store } from '../store.ts';

/** How the trajectories of a training stage became windows; undefined where it was not trained on any. */
export async function windowsReport(store: Store, run: string, stage: string): Promise<WindowsReport | undefined> {
  const found = await store.readJson(`${keys.datasets(run)}/${stage}/manifest.json`);
  if (found === undefined) return undefined;
  const { trajectories, leftOut, rowsPerTrajectory, example } = datasetManifest.parse(found).counts;
  // Drills are one row each: nothing was split.
  if (!example) return undefined;
  return { stage, trajectories, leftOut: leftOut.turn + leftOut.prefix, rowsPerTrajectory, example };
}
