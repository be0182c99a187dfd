import { recipe, type Recipe } from '../core/recipe.ts';
import type { Artifact } from '../core/record.ts';
import type { Store } from './store.ts';

/** Reads a run's resolved recipe by its name in the store; parsed once per process, since its hash names it. */
export function createRecipeReader(store: Store): (artifact: Artifact) => Promise<Recipe> {
  const known = new Map<string, Promise<Recipe>>();
  return (artifact) => {
    const found = known.get(artifact.sha256) ?? read(store, artifact);
    found.catch(() => known.delete(artifact.sha256));
    known.set(artifact.sha256, found);
    return found;
  };
}

async function read(store: Store, artifact: Artifact): Promise<Recipe> {
  return recipe.parse(await store.readJson(store.keyOf(artifact)));
}
