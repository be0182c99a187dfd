import { keys } from '../../core/names.ts';
import type { Store } from '../store.ts';

const UNFINISHED = /\.tmp$|\.writing$|\.unfinished$/;
/** What a trainer saves on its way, of no use once the checkpoint is there. */
const SAVED_STATE = /^state\.|\.state\./;

/** Removes what nobody needs of a run: what attempts of rollouts that have their record needed, and what was never finished. */
export async function sweepRun(
  store: Store,
  run: string,
  { runs, isStale }: { runs: boolean; isStale(file: string): Promise<boolean> },
): Promise<{ files: number; leases: number }> {
  const swept = { files: 0, leases: 0 };
  const unfinished = async (folder: string): Promise<void> => {
    for (const name of (await store.list(folder)).filter((name) => UNFINISHED.test(name))) {
      if (!(await isStale(store.path(`${folder}/${name}`)))) continue;
      await store.remove(`${folder}/${name}`);
      swept.files += 1;
    }
  };
  for (const rollout of await store.list(`${keys.run(run)}/rollouts`)) {
    const folder = `${keys.run(run)}/rollouts/${rollout}`;
    await unfinished(folder);
    if (!(await store.exists(`${folder}/record.json`))) continue;
    swept.leases += (await store.list(`${folder}/leases`)).length;
    await store.remove(`${folder}/leases`);
    await store.remove(`${folder}/held`);
    await store.remove(`${folder}/snapshots`);
  }
  for (const folder of ['checkpoints', 'datasets', 'stages', 'serving']) await unfinished(`${keys.run(run)}/${folder}`);
  await unfinished(keys.run(run));
  swept.files += await sweepJobs(store, run);
  if (runs) return swept;
  // Nobody serves for a run that does not run.
  for (const name of await store.list(`${keys.run(run)}/serving`)) {
    await store.remove(`${keys.run(run)}/serving/${name}`);
    swept.files += 1;
  }
  return swept;
}

/** Of a job whose checkpoint has its manifest, what it asked for and how it went stay; its saved states do not. */
async function sweepJobs(store: Store, run: string): Promise<number> {
  let removed = 0;
  for (const job of await store.list(`${keys.run(run)}/jobs`)) {
    if (!(await store.exists(`${keys.checkpoint(run, job)}/manifest.json`))) continue;
    for (const name of (await store.list(keys.job(run, job))).filter((name) => SAVED_STATE.test(name))) {
      await store.remove(`${keys.job(run, job)}/${name}`);
      removed += 1;
    }
  }
  return removed;
}
