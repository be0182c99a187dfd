import { stageManifest, type StageManifest } from '../../core/manifest.ts';
import type { FactoryKnobs } from '../../core/factory/knobs.ts';
import { keys } from '../../core/names.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { Stage } from '../../core/stages.ts';
import { stageHash } from '../stage-hash.ts';
import type { Store } from '../store.ts';
import { readLedger } from './read-ledger.ts';

/** What a stage's manifest says; undefined where the stage has not ended. */
export async function readManifest(store: Store, run: string, stage: string): Promise<StageManifest | undefined> {
  return stageManifest.safeParse(await store.readJson(`${keys.stage(run, stage)}/manifest.json`)).data;
}

/** The manifest of a stage that need not be done again: by the same settings, and with enough scores or skipped by a person. */
export async function finishedStage(
  store: Store,
  run: string,
  { recipe, stage }: { recipe: Recipe; stage: Stage },
): Promise<StageManifest | undefined> {
  const found = await readManifest(store, run, stage.name);
  if (!found || found.state === 'cancelled') return undefined;
  const { hash, wanted, forked } = found;
  if (hash !== stageHash(recipe, stage) && !forked) return undefined;
  if (found.state === 'skipped') return found;
  if (stage.type === 'factory') return isMade(found, stage.knobs) ? found : undefined;
  if (wanted === 0) return found;
  const rows = await readLedger(store, run, stage.name);
  const missing = wanted - rows.filter((row) => row.outcome === 'scored').length;
  return missing > recipe.maxInfraFailedShare * wanted ? undefined : found;
}

/** Papers that failed for reasons of infrastructure, or were cut, are tried again where they are too many. */
function isMade({ papers }: StageManifest, { maxFailedShare }: FactoryKnobs): boolean {
  return papers !== undefined && papers.cancelled === 0 && papers.failed <= maxFailedShare * papers.found;
}
