import { z } from 'zod';
import { name } from '../fields.ts';
import { modelSettings } from '../models.ts';
import { factorySettings, type FactorySettings } from './factory-settings.ts';

const models = z.record(name, modelSettings);

/** What `researchFactory` takes when it is started by itself. */
export const factoryRecipe = z
  .strictObject({
    $schema: z.string().optional().describe('for editors; nothing depends on it'),
    name: name.describe('for people; the run is named by its workflow id'),
    description: z.string().optional().describe('what the tasks are for, for people'),
    models: models.default({}).describe('language models behind an address, by name'),
    factory: factorySettings,
  })
  .superRefine((value, context) => {
    for (const issue of unknownModels(value)) context.addIssue({ code: 'custom', ...issue });
  });
export type FactoryRecipe = z.infer<typeof factoryRecipe>;

/** The part of a resolved recipe, a factory's or a training run's, that makes tasks. */
export const factoryPart = z.object({ models, factory: factorySettings });
export type FactoryPart = z.infer<typeof factoryPart>;

/** Models that the factory names and the recipe does not have, each with the path to the field. */
export function unknownModels(recipe: { factory: FactorySettings; models: object }) {
  const known = Object.keys(recipe.models).join(', ') || 'none';
  return Object.entries(recipe.factory.models)
    .filter(([, model]) => model !== undefined && !Object.hasOwn(recipe.models, model))
    .map(([role]) => ({ path: ['factory', 'models', role], message: `no such model; there is ${known}` }));
}
