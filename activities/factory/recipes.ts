import { factoryPart, type FactoryPart } from '../../core/factory/factory-recipe.ts';
import type { Artifact } from '../../core/record.ts';
import { invalidInput } from '../failures.ts';
import type { Store } from '../store.ts';

/** Reads the part of a resolved recipe that makes tasks, whether it is a factory's or a training run's. */
export function createFactoryRecipeReader(store: Store): (artifact: Artifact) => Promise<FactoryPart> {
  const known = new Map<string, Promise<FactoryPart>>();
  return (artifact) => {
    const found = known.get(artifact.sha256) ?? read(store, artifact);
    found.catch(() => known.delete(artifact.sha256));
    known.set(artifact.sha256, found);
    return found;
  };
}

async function read(store: Store, artifact: Artifact): Promise<FactoryPart> {
  const parsed = factoryPart.safeParse(await store.readJson(store.keyOf(artifact)));
  if (!parsed.success) throw invalidInput(`the recipe has no part that makes tasks: ${parsed.error.message}`);
  return parsed.data;
}
