import type { AdoptedPart, StageManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import { readRecord } from '../record-outcome.ts';
import type { Store } from '../store.ts';
import { adoptPart } from './adopted.ts';
import { copyRenamed, copyRollout, inThisRun, renamed, type Moving } from './copy-renamed.ts';
import { readPlan } from './plan-stage.ts';

/** Of a stage's folder: what this run writes itself, last or first. */
const OWN = new Set(['manifest.json', 'adopted.json']);

/** Copies a finished stage with all that it made; its manifest comes last and says whose work it was. */
export async function adoptStage(
  store: Store,
  moving: Moving,
  { manifest, hash, forked }: { manifest: StageManifest; hash: string; forked: boolean },
): Promise<void> {
  const { from, to } = moving;
  const { stage, type } = manifest;
  const isStep = (step: string): boolean => type === 'rl' && /^\d+$/.test(step);
  await adoptOutputs(store, moving, (name) => name === stage || isStep(stepIn(stage, name)));
  for (const rollout of await rolloutsOf(store, from, stage)) {
    await copyRollout(store, moving, inThisRun(moving, rollout));
  }
  await copyRenamed(store, moving, { key: `stages/${stage}`, leave: OWN });
  const mine = JSON.parse(renamed(moving, JSON.stringify(manifest))) as StageManifest;
  await store.writeJson(`${keys.stage(to, stage)}/manifest.json`, {
    ...mine,
    workflow: manifest.workflow,
    hash,
    reusedFrom: manifest.reusedFrom ?? from,
    ...(forked ? { forked } : {}),
  });
}

/** What in the name of an output of a stage stands for a step; empty where it is no such name. */
export const stepIn = (stage: string, name: string): string =>
  name.startsWith(`${stage}-`) ? name.slice(stage.length + 1) : '';

/** Copies the scored rollouts of a stage that was not finished, with its plan. */
export async function adoptRollouts(store: Store, moving: Moving, stage: string): Promise<AdoptedPart | undefined> {
  const { from, to } = moving;
  const plan = await readPlan(store, from, stage);
  return adoptPart(store, moving, {
    stage,
    async choose() {
      const rollouts: string[] = [];
      for (const rollout of plan ? await rolloutsOf(store, from, stage) : []) {
        moving.next(rollout);
        if ((await readRecord(store, rollout))?.outcome === 'scored') rollouts.push(inThisRun(moving, rollout));
      }
      return rollouts.length > 0 ? { steps: 0, rollouts } : undefined;
    },
    copy: () => store.create(`${keys.stage(to, stage)}/plan.json`, `${JSON.stringify(plan)}\n`),
  });
}

/** Checkpoints, datasets and jobs. Only a job's log is ever added to. */
export async function adoptOutputs(store: Store, moving: Moving, takes: (name: string) => boolean): Promise<void> {
  const [theirs, mine] = [keys.run(moving.from), keys.run(moving.to)];
  for (const folder of ['checkpoints', 'datasets', 'jobs'] as const) {
    for (const name of (await store.list(`${theirs}/${folder}`)).filter(takes)) {
      const key = `${folder}/${name}`;
      moving.next(key);
      await store[folder === 'jobs' ? 'copy' : 'link'](`${theirs}/${key}`, `${mine}/${key}`);
    }
  }
}

const rolloutsOf = async (store: Store, run: string, stage: string): Promise<string[]> =>
  (await store.list(`${keys.run(run)}/rollouts`)).filter((id) => id.startsWith(`${run}.${stage}.`));
