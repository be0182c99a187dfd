import type { StageManifest } from '../../core/manifest.ts';
import { keys, parseRolloutId, rolloutId } from '../../core/names.ts';
import type { Store } from '../store.ts';
import { readRecord } from '../record-outcome.ts';
import { readPlan } from './plan-stage.ts';

interface Moving {
  /** Runs. */
  from: string;
  to: string;
}

/** Copies a finished stage with all that it made; its manifest comes last and says whose work it was. */
export async function adoptStage(
  store: Store,
  { manifest, hash, forked, ...moving }: Moving & { manifest: StageManifest; hash: string; forked: boolean },
): Promise<void> {
  const { from, to } = moving;
  const { stage } = manifest;
  await adoptOutputs(store, { ...moving, stage }, () => true);
  for (const rollout of await rolloutsOf(store, from, stage)) await adoptRollout(store, moving, rollout);
  await copyRenamed(store, moving, { key: `stages/${stage}`, leave: new Set(['manifest.json']) });
  const mine = JSON.parse(renamed(moving, JSON.stringify(manifest))) as StageManifest;
  await store.writeJson(`${keys.stage(to, stage)}/manifest.json`, {
    ...mine,
    workflow: manifest.workflow,
    hash,
    reusedFrom: manifest.reusedFrom ?? from,
    ...(forked ? { forked } : {}),
  });
}

/** Copies the scored rollouts of a stage that was not finished, with its plan; how many there were. */
export async function adoptRollouts(store: Store, { stage, ...moving }: Moving & { stage: string }): Promise<number> {
  const { from, to } = moving;
  const plan = await readPlan(store, from, stage);
  if (!plan || (await readPlan(store, to, stage))) return 0;
  let count = 0;
  for (const rollout of await rolloutsOf(store, from, stage)) {
    if ((await readRecord(store, rollout))?.outcome !== 'scored') continue;
    await adoptRollout(store, moving, rollout);
    count += 1;
  }
  await store.writeJson(`${keys.stage(to, stage)}/plan.json`, plan);
  return count;
}

/** Copies an RL stage as it stood when a step was done: its policy with what the optimiser knows, its steps and its knobs. */
export async function adoptSteps(
  store: Store,
  { stage, step, ...moving }: Moving & { stage: string; step: number },
): Promise<void> {
  const upTo = (number: number): boolean => number <= step;
  await adoptOutputs(store, { ...moving, stage }, upTo);
  for (const rollout of await rolloutsOf(store, moving.from, stage)) {
    const isTrained = upTo(Number(parseRolloutId(rollout).step));
    if (isTrained && (await readRecord(store, rollout))) await adoptRollout(store, moving, rollout);
  }
  const later = (await store.list(`${keys.stage(moving.from, stage)}/steps`)).filter(
    (name) => !upTo(Number.parseInt(name, 10)),
  );
  const leave = new Set(['manifest.json', 'ledger.jsonl', ...later]);
  await copyRenamed(store, moving, { key: `stages/${stage}/plan`, leave });
  await copyRenamed(store, moving, { key: `stages/${stage}`, leave: new Set([...leave, 'steps', 'plan']) });
  await copyRenamed(store, moving, { key: `stages/${stage}/steps`, leave });
}

/** Checkpoints, datasets and jobs under the stage's name, and those of its steps. */
async function adoptOutputs(
  store: Store,
  { from, to, stage }: Moving & { stage: string },
  takes: (step: number) => boolean,
): Promise<void> {
  for (const folder of ['checkpoints', 'datasets', 'jobs']) {
    for (const name of await store.list(`${keys.run(from)}/${folder}`)) {
      const step = name.startsWith(`${stage}-`) ? name.slice(stage.length + 1) : undefined;
      const isMine = name === stage || (step !== undefined && /^\d+$/.test(step) && takes(Number(step)));
      if (isMine) await store.copy(`${keys.run(from)}/${folder}/${name}`, `${keys.run(to)}/${folder}/${name}`);
    }
  }
}

const rolloutsOf = async (store: Store, run: string, stage: string): Promise<string[]> =>
  (await store.list(`${keys.run(run)}/rollouts`)).filter((id) => id.startsWith(`${run}.${stage}.`));

/** Copies a folder of texts below the run, with every name of the other run as this run has it. */
async function copyRenamed(
  store: Store,
  moving: Moving,
  { key, leave }: { key: string; leave: ReadonlySet<string> },
): Promise<void> {
  for (const name of await store.list(`${keys.run(moving.from)}/${key}`)) {
    if (leave.has(name)) continue;
    if (!name.includes('.')) {
      await copyRenamed(store, moving, { key: `${key}/${name}`, leave });
      continue;
    }
    const text = (await store.read(`${keys.run(moving.from)}/${key}/${name}`)).toString();
    await store.write(`${keys.run(moving.to)}/${key}/${name}`, renamed(moving, text));
  }
}

/** What an attempt held, and the record, which comes last: with it the rollout counts. */
const LEFT_BEHIND = new Set(['leases', 'snapshots', 'record.json']);

async function adoptRollout(store: Store, moving: Moving, rollout: string): Promise<void> {
  const mine = rolloutId({ ...parseRolloutId(rollout), run: moving.to });
  if (await readRecord(store, mine)) return;
  const names = (await store.list(keys.rollout(rollout))).filter((name) => !LEFT_BEHIND.has(name));
  for (const name of names) {
    const [source, target] = [`${keys.rollout(rollout)}/${name}`, `${keys.rollout(mine)}/${name}`];
    if (!name.endsWith('.json')) await store.copy(source, target);
    else await store.write(target, renamed(moving, (await store.read(source)).toString()));
  }
  const record = renamed(moving, (await store.read(keys.record(rollout))).toString());
  await store.write(keys.record(mine), record);
}

/** Every name of the other run in a text, as this run has it: rollouts' ids and addresses in the store. */
export const renamed = ({ from, to }: Moving, text: string): string =>
  text
    .replaceAll(`"${from}.`, `"${to}.`)
    .replaceAll(`runs/${from}/`, `runs/${to}/`)
    .replaceAll(`/rollouts/${from}.`, `/rollouts/${to}.`);
