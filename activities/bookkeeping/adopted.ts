import { adoptedPart, type AdoptedPart } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import type { RolloutSummary } from '../judge.ts';
import type { Store } from '../store.ts';
import { copyRollout, type Moving } from './copy-renamed.ts';

/** What a stage took over of another run; undefined where it did not. */
export async function readAdopted(store: Store, run: string, stage: string): Promise<AdoptedPart | undefined> {
  const found = await store.readJson(keys.adopted(run, stage));
  return found === undefined ? undefined : adoptedPart.parse(found);
}

/** How a part of a stage is taken over. */
interface Taking {
  /** What there is to take; undefined where nothing is. Not asked again once it was decided. */
  choose(): Promise<Omit<AdoptedPart, 'from' | 'complete'> | undefined>;
  /** Copies what goes with the rollouts. */
  copy(part: AdoptedPart): Promise<void>;
}

/**
 * Takes a part of a stage over, or goes on with that. What it is stands in the store before the first copy: of two attempts at a time
 * both copy the same, and a run that has begun the stage itself keeps to what it has.
 */
export async function adoptPart(
  store: Store,
  moving: Moving,
  { stage, choose, copy }: Taking & { stage: string },
): Promise<AdoptedPart | undefined> {
  const { from, to } = moving;
  const key = keys.adopted(to, stage);
  if (!(await store.exists(key))) {
    const chosen = (await hasBegun(store, to, stage)) ? undefined : await choose();
    if (!chosen) return undefined;
    await store.create(key, `${JSON.stringify({ from, ...chosen, complete: false } satisfies AdoptedPart)}\n`);
  }
  const part = adoptedPart.parse(await store.readJson(key));
  if (part.complete) return part;
  for (const rollout of part.rollouts) await copyRollout(store, moving, rollout);
  await copy(part);
  await store.writeJson(key, { ...part, complete: true } satisfies AdoptedPart);
  return part;
}

async function hasBegun(store: Store, run: string, stage: string): Promise<boolean> {
  const there = await store.list(keys.stage(run, stage));
  return ['plan.json', 'plan', 'steps', 'manifest.json'].some((name) => there.includes(name));
}

/** What a rollout adds to the figures of its stage, where another run has paid for it. */
export const atNoCost = (summary: RolloutSummary): RolloutSummary => ({
  ...summary,
  usd: 0,
  inputTokens: 0,
  outputTokens: 0,
  sandboxSeconds: 0,
});
