import { describeIssues } from '../../core/describe-issues.ts';
import { knobsOf, type FactoryKnobs } from '../../core/factory/knobs.ts';
import { factoryRecipe } from '../../core/factory/factory-recipe.ts';
import { name } from '../../core/fields.ts';
import type { RunManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import type { Artifact } from '../../core/record.ts';
import { readRunManifest } from '../bookkeeping/start-run.ts';
import { invalidInput } from '../failures.ts';
import { recipeHash } from '../recipe-hash.ts';
import type { Store } from '../store.ts';

export interface StartFactoryInput {
  run: string;
  recipe: unknown;
  workflow: { workflowId: string; runId: string };
}

export interface StartedFactory {
  recipe: Artifact;
  knobs: FactoryKnobs;
}

/** Begins the folder of a factory that is a run of its own, or finds the one that an earlier execution began. */
export async function startFactory(
  { store, codeVersion }: { store: Store; codeVersion: string },
  { run, recipe: given, workflow }: StartFactoryInput,
): Promise<StartedFactory> {
  const named = name.safeParse(run);
  if (!named.success) throw invalidInput(`the workflow id is the run's name; ${describeIssues(named.error, run)}`);
  const parsed = factoryRecipe.safeParse(given);
  if (!parsed.success) throw invalidInput(describeIssues(parsed.error, given));
  const hash = recipeHash(given);
  const before = await readRunManifest(store, run);
  if (before) return goOn(store, before, hash);
  const recipe = await store.writeJson(`${keys.run(run)}/recipe.json`, parsed.data);
  const createdAt = new Date().toISOString();
  const manifest: RunManifest = { run, recipe, recipeHash: hash, codeVersion, workflow, createdAt };
  await store.writeJson(keys.manifest(run), manifest);
  return { recipe, knobs: knobsOf(parsed.data.factory) };
}

async function goOn(
  store: Store,
  { run, recipe, recipeHash: before }: RunManifest,
  hash: string,
): Promise<StartedFactory> {
  if (before !== hash)
    throw invalidInput(`the run "${run}" was begun with another recipe; give this one another run id`);
  const { factory } = factoryRecipe.parse(await store.readJson(store.keyOf(recipe)));
  return { recipe, knobs: knobsOf(factory) };
}
