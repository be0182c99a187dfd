import { stageManifest, type StageManifest } from '../../core/manifest.ts';
import type { FactoryKnobs } from '../../core/factory/knobs.ts';
import { keys } from '../../core/names.ts';
import { recipe as recipeSchema, type Recipe } from '../../core/recipe.ts';
import type { StageReport } from '../../core/report.ts';
import { playsRollouts, stagesOf, type Stage } from '../../core/stages.ts';
import type { Cost } from '../../core/status.ts';
import { invalidInput } from '../failures.ts';
import { stageHash } from '../stage-hash.ts';
import type { Store } from '../store.ts';
import { writeFactoryReport } from '../factory/write-factory-report.ts';
import { adoptPapers } from './adopt-papers.ts';
import { adoptRollouts, adoptStage, adoptSteps } from './adopt-stage.ts';
import { readLedger } from './read-ledger.ts';
import { stageCost } from './stage-cost.ts';
import { stageReportOf } from './stage-report.ts';
import { readRunManifest } from './start-run.ts';

export interface Adopted {
  /** Stages that need not be done again; what one has cost, where it is the run's own. */
  stages: { stage: string; from: string; report: StageReport; cost?: Cost }[];
  /** How many finished rollouts of other stages were taken over. */
  rollouts: { stage: string; from: string; count: number }[];
  /** How many papers of a factory that had not finished. */
  papers?: { from: string; count: number };
}

/**
 * Finds what a run need not do again: its own finished stages where it is begun anew, and those of the run that its recipe
 * resumes or forks. What another run has is copied under this run's names, so that nothing depends on that run any longer.
 */
export async function adoptRun(store: Store, run: string, recipe: Recipe): Promise<Adopted> {
  const adopted: Adopted = { stages: [], rollouts: [] };
  const other = await otherRun(store, run, recipe);
  for (const stage of stagesOf(recipe)) {
    const own = await finishedStage(store, run, { recipe, stage });
    if (!own && other && other.takes(stage)) await takeOver(store, { run, recipe, other, stage }, adopted);
    const manifest = own ?? (await finishedStage(store, run, { recipe, stage }));
    if (!manifest) continue;
    const rows = await readLedger(store, run, stage.name);
    const report = stageReportOf(manifest, rows);
    const from = manifest.reusedFrom ?? run;
    const cost = from === run ? { cost: await stageCost(store, { run, stage, report, rows }) } : {};
    adopted.stages.push({ stage: stage.name, from, report, ...cost });
  }
  return adopted;
}

interface OtherRun {
  run: string;
  recipe: Recipe;
  /** Whether a stage of this run is what that run has under the same name. */
  takes(stage: Stage): boolean;
  /** A fork takes stages over whatever their hashes say. */
  forks: boolean;
}

async function otherRun(store: Store, run: string, recipe: Recipe): Promise<OtherRun | undefined> {
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
  if (step !== undefined && !(await store.exists(keys.rlStep(run, stage, step)))) {
    throw invalidInput(`forkFrom.step: stage "${stage}" of run "${run}" has done no step ${step}`);
  }
  if (step === undefined && !(await finishedStage(store, run, { recipe: theirs, stage: stageNamed(theirs, stage) }))) {
    throw invalidInput(`forkFrom.stage: the stage "${stage}" of run "${run}" was never finished`);
  }
  const taken = new Set(order.slice(0, last + 1));
  return ({ name }) => taken.has(name);
}

const stageNamed = (recipe: Recipe, name: string): Stage =>
  stagesOf(recipe).find((stage) => stage.name === name) as Stage;

/** The manifest of a stage that need not be done again: by the same settings, and with enough scores or skipped by a person. */
export async function finishedStage(
  store: Store,
  run: string,
  { recipe, stage }: { recipe: Recipe; stage: Stage },
): Promise<StageManifest | undefined> {
  const found = stageManifest.safeParse(await store.readJson(`${keys.stage(run, stage.name)}/manifest.json`));
  if (!found.success || found.data.state === 'cancelled') return undefined;
  const { hash, wanted, forked } = found.data;
  if (hash !== stageHash(recipe, stage) && !forked) return undefined;
  if (found.data.state === 'skipped') return found.data;
  if (stage.type === 'factory') return isMade(found.data, stage.knobs) ? found.data : undefined;
  if (wanted === 0) return found.data;
  const rows = await readLedger(store, run, stage.name);
  const missing = wanted - rows.filter((row) => row.outcome === 'scored').length;
  return missing > recipe.maxInfraFailedShare * wanted ? undefined : found.data;
}

/** Papers that failed for reasons of infrastructure, or were cut, are tried again where they are too many. */
function isMade({ papers }: StageManifest, { maxFailedShare }: FactoryKnobs): boolean {
  return papers !== undefined && papers.cancelled === 0 && papers.failed <= maxFailedShare * papers.found;
}

interface TakingOver {
  run: string;
  recipe: Recipe;
  other: OtherRun;
  stage: Stage;
}

/** The whole stage where it is finished there; of one that is not, the rollouts that are scored. */
async function takeOver(store: Store, { run, recipe, other, stage }: TakingOver, adopted: Adopted): Promise<void> {
  const theirs = await finishedStage(store, other.run, {
    recipe: other.recipe,
    stage: stageNamed(other.recipe, stage.name),
  });
  const hash = stageHash(recipe, stage);
  const { forkFrom } = recipe;
  if (forkFrom?.step !== undefined && forkFrom.stage === stage.name) {
    return adoptSteps(store, { from: other.run, to: run, stage: stage.name, step: forkFrom.step });
  }
  if (stage.type === 'factory') await takePapers(store, { run, other }, adopted);
  if (theirs?.state === 'completed')
    return adoptStage(store, { from: other.run, to: run, manifest: theirs, hash, forked: other.forks });
  if (!playsRollouts(stage)) return;
  const count = await adoptRollouts(store, { from: other.run, to: run, stage: stage.name });
  if (count > 0) adopted.rollouts.push({ stage: stage.name, from: other.run, count });
}

/** The papers that the other factory has finished, whether or not it has finished as a whole. */
async function takePapers(store: Store, { run, other }: Pick<TakingOver, 'run' | 'other'>, adopted: Adopted) {
  const count = await adoptPapers(store, { from: other.run, to: run });
  if (count === 0) return;
  adopted.papers = { from: other.run, count };
  await writeFactoryReport(store, run);
}
