import { recipe as recipeSchema, type Recipe } from '../core/recipe.ts';
import type { Evaluation } from '../core/report.ts';
import { withCluster } from './cluster.ts';
import type { Figure } from './figure.ts';
import { readRecipe } from './start.ts';

const SEEDS = [1, 2, 3];
/** In standard errors of the difference: what two means must be apart by. */
const BOUND = 3;

/** What `micro.json` teaches, by seed: held-out scores with windows against truncated, and truncated against untrained. */
export async function learning(seeds: readonly number[] = SEEDS): Promise<Figure[]> {
  const recipe = recipeSchema.parse(await readRecipe('micro'));
  return withCluster({ trainer: true }, async ({ play }) => {
    const figures: Figure[] = [];
    for (const seed of seeds) {
      const { evaluations } = await play(`learning-${seed}`, withSeed(recipe, seed));
      const of = (policy: string): Score => scoreOf(evaluations, policy);
      const [untrained, truncated, windows] = [of('untrained'), of('sft-truncated'), of('sft')];
      const scores = `seed ${seed}: untrained ${shown(untrained)}, truncated ${shown(truncated)}, windows ${shown(windows)}`;
      process.stderr.write(`${scores}\n`);
      figures.push(difference(`seed ${seed}: windows above truncated`, windows, truncated));
      figures.push(difference(`seed ${seed}: truncated above untrained`, truncated, untrained));
    }
    return figures;
  });
}

/** The same run from other papers, another teacher's mistakes, another initialisation and other batches. */
export function withSeed(recipe: Recipe, seed: number): Recipe {
  const stages = recipe.stages.map((stage) => {
    if (stage.type === 'init') return { ...stage, model: { ...stage.model, seed } };
    if (stage.type !== 'sft') return stage;
    const data = stage.data.type === 'drills' ? { ...stage.data, seed } : stage.data;
    return { ...stage, data, training: { ...stage.training, seed } };
  });
  return recipeSchema.parse({ ...recipe, seed, tasks: { ...recipe.tasks, seed }, stages });
}

interface Score {
  mean: number;
  stderr: number;
}

function scoreOf(evaluations: readonly Evaluation[], policy: string): Score {
  const found = evaluations.find((evaluation) => evaluation.policy === policy);
  if (!found || found.mean === null || found.stderr === null) throw new Error(`${policy} has no held-out score`);
  return { mean: found.mean, stderr: found.stderr };
}

const shown = ({ mean, stderr }: Score): string => `${mean.toFixed(3)} ± ${stderr.toFixed(3)}`;

/** How far one mean is above another, in standard errors of their difference: the two samples are independent. */
export function difference(figure: string, high: Score, low: Score): Figure {
  const value = (high.mean - low.mean) / Math.hypot(high.stderr, low.stderr);
  const detail = { high: high.mean, highStderr: high.stderr, low: low.mean, lowStderr: low.stderr };
  return { figure, value, unit: 'standard errors', bound: `> ${BOUND}`, ok: value > BOUND, detail };
}
