import { keys, parseRolloutId, rolloutId } from '../../core/names.ts';
import { readRecord } from '../record-outcome.ts';
import type { Store } from '../store.ts';

/** From one run to another. */
export interface Moving {
  from: string;
  to: string;
  /** Says what comes next; throws where no more is to be done. */
  next(what: string): void;
}

/** Copies a folder of texts below the run, with every name of the other run as this run has it. What is there already stays. */
export async function copyRenamed(
  store: Store,
  moving: Moving,
  { key, leave }: { key: string; leave: ReadonlySet<string> },
): Promise<void> {
  for (const name of await store.list(`${keys.run(moving.from)}/${key}`)) {
    if (leave.has(name)) continue;
    if (name.includes('.')) await copyText(store, moving, `${key}/${name}`);
    else await copyRenamed(store, moving, { key: `${key}/${name}`, leave });
  }
}

export async function copyText(store: Store, moving: Moving, key: string): Promise<void> {
  moving.next(key);
  const text = (await store.read(`${keys.run(moving.from)}/${key}`)).toString();
  await store.create(`${keys.run(moving.to)}/${key}`, renamed(moving, text));
}

/** What an attempt held, and the record, which comes last: with it the rollout counts. */
const LEFT_BEHIND = new Set(['leases', 'held', 'snapshots', 'record.json']);

/** Copies a rollout, by its id in this run. */
export async function copyRollout(store: Store, moving: Moving, mine: string): Promise<void> {
  moving.next(mine);
  if (await readRecord(store, mine)) return;
  const theirs = rolloutId({ ...parseRolloutId(mine), run: moving.from });
  const names = (await store.list(keys.rollout(theirs))).filter((name) => !LEFT_BEHIND.has(name));
  for (const name of names) {
    const [source, target] = [`${keys.rollout(theirs)}/${name}`, `${keys.rollout(mine)}/${name}`];
    if (!name.endsWith('.json')) await store.copy(source, target);
    else await store.create(target, renamed(moving, (await store.read(source)).toString()));
  }
  const record = renamed(moving, (await store.read(keys.record(theirs))).toString());
  await store.create(keys.record(mine), record);
}

/** A rollout of the other run as this run calls it. */
export const inThisRun = ({ to }: Pick<Moving, 'to'>, rollout: string): string =>
  rolloutId({ ...parseRolloutId(rollout), run: to });

/** Every name of the other run in a text, as this run has it: rollouts' ids and addresses in the store. */
export const renamed = ({ from, to }: Pick<Moving, 'from' | 'to'>, text: string): string =>
  text
    .replaceAll(`"${from}.`, `"${to}.`)
    .replaceAll(`runs/${from}/`, `runs/${to}/`)
    .replaceAll(`/rollouts/${from}.`, `/rollouts/${to}.`);
