import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { recipeHash } from '../activities/recipe-hash.ts';
import { describeIssues } from '../core/describe-issues.ts';
import { name } from '../core/fields.ts';
import { closes } from '../core/ledger.ts';
import { runManifest } from '../core/manifest.ts';
import { keys } from '../core/names.ts';
import { recipe as recipeSchema, type Recipe } from '../core/recipe.ts';
import { report as reportSchema, type Report } from '../core/report.ts';
import { playsRollouts, stagesOf } from '../core/stages.ts';
import { UserError } from './user-error.ts';

/** Which run is meant: its name, and the recipe as it was given. */
export interface RunChoice {
  run: string;
  recipe: unknown;
  /** Names of its stages, in order. */
  stages: string[];
  /** Whether it trains or serves a model, which takes the trainer's Python environment. */
  trains: boolean;
  /** Whether the clock of its rollouts is virtual. */
  isVirtual: boolean;
  /** Whether it makes its tasks of papers. */
  makesTasks: boolean;
  /** The command that goes on with it. */
  again: string;
}

export const DEFAULT_RECIPE = 'config/recipes/micro.json';

/** Reads and checks the recipe; `file` is meant against the working directory. Throws a sentence that names what is wrong. */
export function chooseRun(root: string, given: { recipe?: string | undefined; run?: string | undefined }): RunChoice {
  const { recipe, parsed } = readRecipe(
    given.recipe === undefined ? join(root, DEFAULT_RECIPE) : resolve(given.recipe),
  );
  const run = given.run ?? parsed.name;
  if (!name.safeParse(run).success) {
    throw new UserError(`--run "${run}" must be lower-case letters, digits and inner hyphens, at most 63`, 2);
  }
  const options = [...(given.recipe ? ['--recipe', given.recipe] : []), ...(given.run ? ['--run', given.run] : [])];
  const again = ['npm start', ...(options.length > 0 ? ['--', ...options] : [])].join(' ');
  const stages = stagesOf(parsed);
  const makesTasks = stages.some(({ type }) => type === 'factory');
  const trains = stages.some(
    (stage) => stage.type !== 'factory' && (!playsRollouts(stage) || stage.checkpoint !== null),
  );
  const isVirtual = hasVirtualClock(parsed);
  return { run, recipe, isVirtual, stages: stages.map((stage) => stage.name), trains, makesTasks, again };
}

export const hasVirtualClock = ({ rollout }: Recipe): boolean => rollout.clock.type === 'virtual';

/** A recipe as it was given, and with its defaults. Throws a sentence that names every field that is wrong. */
export function readRecipe(file: string): { recipe: unknown; parsed: Recipe } {
  const recipe = readJson(file);
  const parsed = recipeSchema.safeParse(recipe);
  if (!parsed.success) throw new UserError(`${shown(file)}: ${describeIssues(parsed.error, recipe)}`);
  return { recipe, parsed: parsed.data };
}

/** Throws where the store knows the run with another recipe. */
export function refuseOtherRecipe(store: string, { run, recipe }: RunChoice): void {
  const found = readIfThere(join(store, keys.manifest(run)));
  if (found === undefined || runManifest.parse(found).recipeHash === recipeHash(recipe)) return;
  throw new UserError(
    `the run "${run}" was begun with another recipe: give this one a name of its own, as in \`npm start -- --run ${run}-2\``,
  );
}

/** The report of a run that has come to its end and closes; undefined where it has not. */
export function finishedReport(store: string, { run, stages }: Pick<RunChoice, 'run' | 'stages'>): Report | undefined {
  const report = readReport(store, run);
  if (!report || !closes(report.ledger)) return undefined;
  const ended = (stage: string): boolean =>
    report.stages.some(({ name, state }) => name === stage && ['completed', 'skipped'].includes(state));
  return stages.every(ended) ? report : undefined;
}

export function readReport(store: string, run: string): Report | undefined {
  const found = readIfThere(join(store, keys.report(run)));
  return found === undefined ? undefined : reportSchema.parse(found);
}

/** What a file holds; throws a sentence where it is not there, or is not JSON. */
export function readJson(file: string): unknown {
  const found = readIfThere(file);
  if (found === undefined) throw new UserError(`there is no recipe ${shown(file)}`, 2);
  return found;
}

function readIfThere(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) throw new UserError(`${shown(file)} is not JSON: ${error.message}`);
    throw error;
  }
}

/** As a person would name the file. */
export function shown(file: string): string {
  const short = relative(process.cwd(), file);
  return short === '' || short.startsWith('..') ? file : short;
}
