import { createFolderStore, type Store } from '../activities/store.ts';
import { homePaths } from '../config/home.ts';
import { keys } from '../core/names.ts';
import { recipe as recipeSchema, type Recipe } from '../core/recipe.ts';
import { verdict } from '../core/record.ts';
import { stagesOf, type RolloutStage } from '../core/stages.ts';
import { mean } from '../core/statistics.ts';
import { withCluster } from './cluster.ts';
import type { Figure } from './figure.ts';
import { figuresOf, figuresOver, scoreOf, type Learnt, type PolicyScores } from './learnt.ts';
import type { BenchContext } from './run.ts';
import { readRecipe } from './start.ts';

const SEEDS = [1, 2, 3];
/** What follows writing the code: the phases that an early cut never reaches. */
const LATE = ['Code Execution', 'Result Analysis'];

/** What `micro.json` teaches, by seed; each seed's figures are kept as soon as its run has ended. */
export async function learning({ seeds = SEEDS, keep }: BenchContext): Promise<Figure[]> {
  const recipe = onAllPapers(recipeSchema.parse(await readRecipe('micro')));
  return withCluster({ trainer: true }, async ({ environment, play }) => {
    const store = createFolderStore(homePaths(environment.home).store);
    const learnt: Learnt[] = [];
    for (const seed of seeds) {
      const run = `learning-${seed}`;
      const seeded = withSeed(recipe, seed);
      const report = await play(run, seeded);
      const one = await readLearnt(store, run, { seed, recipe: seeded });
      process.stderr.write(`seed ${seed}: ${one.policies.map(shown).join(', ')}\n`);
      keep(run, { figures: figuresOf(one), learnt: one, report });
      learnt.push(one);
    }
    return [...learnt.flatMap(figuresOf), ...(learnt.length > 1 ? figuresOver(learnt) : [])];
  });
}

/** What is claimed is measured on every held-out paper, of which a run for a look needs fewer. */
export function onAllPapers(recipe: Recipe): Recipe {
  const last = recipe.stages.findLast(({ type }) => type === 'evaluate');
  const stages = recipe.stages.map((stage) => {
    if (stage !== last || stage.type !== 'evaluate') return stage;
    const { papers: _, ...whole } = stage;
    return whole;
  });
  return { ...recipe, stages };
}

/** The same run from other papers, another teacher's mistakes, another initialisation and other batches. */
export function withSeed(recipe: Recipe, seed: number): Recipe {
  const stages = recipe.stages.map((stage) => {
    if (stage.type === 'init') return { ...stage, model: { ...stage.model, seed } };
    if (stage.type === 'rl') return { ...stage, training: { ...stage.training, seed } };
    if (stage.type !== 'sft') return stage;
    const data = stage.data.type === 'drills' ? { ...stage.data, seed } : stage.data;
    return { ...stage, data, training: { ...stage.training, seed } };
  });
  return recipeSchema.parse({ ...recipe, seed, tasks: { ...recipe.tasks, seed }, stages });
}

/** Held-out scores of every policy that the run has evaluated. */
export async function readLearnt(
  store: Store,
  run: string,
  { seed, recipe }: { seed: number; recipe: Recipe },
): Promise<Learnt> {
  const stages = stagesOf(recipe);
  const evaluations = stages.filter((stage): stage is RolloutStage => stage.type === 'evaluate');
  const policies = await Promise.all(evaluations.map((stage) => readScores(store, run, stage)));
  return { seed, policies, rl: stages.filter(({ type }) => type === 'rl').map(({ name }) => name) };
}

async function readScores(store: Store, run: string, stage: RolloutStage): Promise<PolicyScores> {
  const begin = `${run}.${stage.name}.`;
  const rollouts = (await store.list(`${keys.run(run)}/rollouts`)).filter((id) => id.startsWith(begin));
  const verdicts = await Promise.all(rollouts.map(async (id) => verdict.parse(await store.readJson(keys.verdict(id)))));
  const late = verdicts.map(({ leaves }) =>
    leaves.filter(({ category }) => LATE.includes(category)).map(({ score }): number => score),
  );
  return {
    policy: stage.policy,
    score: scoreOf(verdicts.map(({ score }) => score)),
    late: scoreOf(late.map((scores) => mean(scores) ?? 0)),
  };
}

const shown = ({ policy, score }: PolicyScores): string =>
  `${policy} ${score.mean.toFixed(3)} ± ${score.stderr.toFixed(3)}`;
