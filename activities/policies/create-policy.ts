import type { Recipe } from '../../core/recipe.ts';
import { createIdle } from './idle.ts';
import type { Policy } from './policy.ts';
import { createScripted } from './scripted.ts';

/** The policy that a recipe means by a name. */
export function createPolicy(recipe: Recipe, name: string): Policy {
  const spec = recipe.policies[name];
  if (!spec) throw new Error(`the recipe has no policy "${name}"`);
  switch (spec.type) {
    case 'scripted':
      return createScripted({ mistakes: spec.mistakes, seed: `${recipe.seed}.${spec.seed}` });
    case 'idle':
      return createIdle();
  }
}
