import { recipe as recipeSchema, type Recipe } from '../../core/recipe.ts';
import { stagesOf, type Stage } from '../../core/stages.ts';
import { invalidInput } from '../failures.ts';
import { readSteps } from '../rl/files.ts';
import { hasWeights } from '../rl/has-weights.ts';
import { stageHash } from '../stage-hash.ts';
import type { Store } from '../store.ts';
import { finishedStage } from './finished-stage.ts';
import { readRunManifest } from './start-run.ts';

export interface OtherRun {
  run: string;
  recipe: Recipe;
  /** Whether a stage of this run is what that run has under the same name. */
  takes(stage: Stage): boolean;
  /** A fork takes stages over whatever their hashes say. */
  forks: boolean;
}

/** The run that a recipe resumes or forks; undefined where it does neither. */
export async function otherRun(store: Store, run: string, recipe: Recipe): Promise<OtherRun | undefined> {
  const { resumeFrom, forkFrom } = recipe;
  const named = resumeFrom ?? forkFrom?.run;
  if (named === undefined) return undefined;
  const field = resumeFrom === undefined ? 'forkFrom.run' : 'resumeFrom';
  if (named === run) throw invalidInput(`${field}: the run cannot take over from itself; give it another id`);
  const manifest = await readRunManifest(store, named);
  if (!manifest) throw invalidInput(`${field}: there is no run "${named}" in this store`);
  const theirs = recipeSchema.parse(await store.readJson(store.keyOf(manifest.recipe)));
  const known = new Map(stagesOf(theirs).map((stage) => [stage.name, stage]));
  if (forkFrom)
    return { run: named, recipe: theirs, takes: await forked(store, forkFrom, { recipe, theirs }), forks: true };
  const takes = (stage: Stage): boolean => {
    const same = known.get(stage.name);
    return same !== undefined && stageHash(theirs, same) === stageHash(recipe, stage);
  };
  return { run: named, recipe: theirs, takes, forks: false };
}

/** Everything up to the stage that is forked from; that one must have been finished. */
async function forked(
  store: Store,
  { run, stage, step }: NonNullable<Recipe['forkFrom']>,
  { recipe, theirs }: { recipe: Recipe; theirs: Recipe },
): Promise<OtherRun['takes']> {
  const order = stagesOf(theirs).map(({ name }) => name);
  const last = order.indexOf(stage);
  const names = (list: readonly string[]): string => list.join(', ');
  if (last < 0)
    throw invalidInput(`forkFrom.stage: the run "${run}" has no stage "${stage}"; there is ${names(order)}`);
  const mine = stagesOf(recipe).map(({ name }) => name);
  if (!mine.includes(stage))
    throw invalidInput(`forkFrom.stage: this recipe has no stage "${stage}"; there is ${names(mine)}`);
  if (step !== undefined) await demandStep(store, { run, stage, step });
  if (step === undefined && !(await finishedStage(store, run, { recipe: theirs, stage: stageNamed(theirs, stage) }))) {
    throw invalidInput(`forkFrom.stage: the stage "${stage}" of run "${run}" was never finished`);
  }
  const taken = new Set(order.slice(0, last + 1));
  return ({ name }) => taken.has(name);
}

/** A step that was done, whose policy is still there. */
async function demandStep(store: Store, { run, stage, step }: { run: string; stage: string; step: number }) {
  const record = (await readSteps(store, { run, stage }))[step - 1];
  if (!record) throw invalidInput(`forkFrom.step: stage "${stage}" of run "${run}" has done no step ${step}`);
  if (await hasWeights(store, run, record)) return;
  throw invalidInput(
    `forkFrom.step: the weights of checkpoint ${record.checkpoint} of run "${run}", which step ${step} left, are not there any more`,
  );
}

export const stageNamed = (recipe: Recipe, name: string): Stage =>
  stagesOf(recipe).find((stage) => stage.name === name) as Stage;
