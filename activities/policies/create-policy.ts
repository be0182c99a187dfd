import type { Recipe } from '../../core/recipe.ts';
import { tokenizerOf } from '../../core/stages.ts';
import { invalidInput } from '../failures.ts';
import type { Store } from '../store.ts';
import { createIdle } from './idle.ts';
import type { Policy } from './policy.ts';
import { createScripted } from './scripted.ts';
import { createStudent } from './student.ts';

/** Who plays: a policy of the recipe by its name, or the checkpoint of the stage that is called so. */
export interface PolicyChoice {
  recipe: Recipe;
  run: string;
  name: string;
}

/** Makes the policy of one attempt at a rollout; what it keeps between turns is that attempt's alone. */
export const createPolicyFactory =
  (store: Store) =>
  ({ recipe, run, name }: PolicyChoice): Policy => {
    const spec = recipe.policies[name];
    if (spec?.type === 'idle') return createIdle();
    if (spec?.type === 'scripted')
      return createScripted({ mistakes: spec.mistakes, seed: `${recipe.seed}.${spec.seed}` });
    if (!recipe.student) throw invalidInput(`the recipe has no policy "${name}", and no student`);
    const tokenizer = tokenizerOf(recipe, name);
    return createStudent({ settings: recipe.student, store, run, checkpoint: name, tokenizer, seed: recipe.seed });
  };
