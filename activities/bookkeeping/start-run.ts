import { z } from 'zod';
import { describeIssues } from '../../core/describe-issues.ts';
import { name } from '../../core/fields.ts';
import { runManifest, type RunManifest } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import { recipe as recipeSchema, type Recipe } from '../../core/recipe.ts';
import type { Artifact } from '../../core/record.ts';
import { invalidInput } from '../failures.ts';
import { recipeHash } from '../recipe-hash.ts';
import type { Store } from '../store.ts';

export interface StartedRun {
  /** With all defaults: history holds the whole of it, and a later default cannot change this run. */
  recipe: Recipe;
  artifact: Artifact;
  /** Set where the store knew this run already: it goes on. */
  continued: boolean;
  /** Whether somebody wants to be told of the run. */
  notifies?: boolean;
  /** What a person has approved in an earlier execution: `before sft`. */
  approved?: string[];
}

export interface StartRunInput {
  run: string;
  recipe: unknown;
  workflow: { workflowId: string; runId: string };
}

/** Checks the recipe and begins the run's folder, or finds the one that an earlier execution of the same run began. */
export async function startRun(deps: { store: Store; codeVersion: string }, input: StartRunInput): Promise<StartedRun> {
  const { store, codeVersion } = deps;
  const { run, workflow } = input;
  const named = name.safeParse(run);
  if (!named.success) throw invalidInput(`the workflow id is the run's name; ${describeIssues(named.error, run)}`);
  const parsed = recipeSchema.safeParse(input.recipe);
  if (!parsed.success) throw invalidInput(describeIssues(parsed.error, input.recipe));
  const hash = recipeHash(input.recipe);
  const before = await readRunManifest(store, run);
  if (before) return goOn(store, before, hash);
  const artifact = await store.writeJson(`${keys.run(run)}/recipe.json`, parsed.data);
  const createdAt = new Date().toISOString();
  const manifest: RunManifest = { run, recipe: artifact, recipeHash: hash, codeVersion, workflow, createdAt };
  await store.writeJson(keys.manifest(run), manifest);
  return { recipe: parsed.data, artifact, continued: false };
}

export async function readRunManifest(store: Store, run: string): Promise<RunManifest | undefined> {
  const found = await store.readJson(keys.manifest(run));
  return found === undefined ? undefined : runManifest.parse(found);
}

/** The run's recipe stays the one that was resolved first, even where defaults have changed since. */
async function goOn(store: Store, manifest: RunManifest, hash: string): Promise<StartedRun> {
  if (manifest.recipeHash !== hash) {
    throw invalidInput(
      `the run "${manifest.run}" was begun with another recipe (hash ${manifest.recipeHash.slice(0, 12)}, now ${hash.slice(0, 12)}); ` +
        'give this one another run id',
    );
  }
  const recipe = recipeSchema.parse(await store.readJson(store.keyOf(manifest.recipe)));
  const approved = approvals.parse((await store.readJson(approvalsKey(manifest.run))) ?? []);
  return { recipe, artifact: manifest.recipe, continued: true, ...(approved.length > 0 && { approved }) };
}

const approvals = z.array(z.string());
const approvalsKey = (run: string): string => `${keys.run(run)}/approvals.json`;

/** Keeps what a person has approved for when the run is begun again. */
export async function keepApprovals(
  store: Store,
  { run, approved }: { run: string; approved: readonly string[] },
): Promise<void> {
  await store.writeJson(approvalsKey(run), approved);
}
