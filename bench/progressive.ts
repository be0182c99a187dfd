import { createFolderStore } from '../activities/store.ts';
import { homePaths } from '../config/home.ts';
import { seconds } from '../core/duration.ts';
import { rlStageName } from '../core/curriculum.ts';
import { recipe as recipeSchema, type Recipe } from '../core/recipe.ts';
import type { Report } from '../core/report.ts';
import type { RlStages } from '../core/rl-settings.ts';
import { withCluster } from './cluster.ts';
import type { Figure } from './figure.ts';
import { onAllPapers, readLearnt, withSeed } from './learning.ts';
import { difference } from './learnt.ts';
import type { BenchContext } from './run.ts';
import { readRecipe } from './start.ts';

const SEEDS = [1, 2, 3];
/** Active seconds of flawless play: no rollout takes much more of its timeout. */
const FLAWLESS_SECONDS = 1000;

/** Progressive RL against RL at the last timeout alone, from one SFT checkpoint: as many rollouts, and as much active time. */
export async function progressive({ seeds = SEEDS, keep }: BenchContext): Promise<Figure[]> {
  const recipe = onAllPapers(recipeSchema.parse(await readRecipe('micro')));
  return withCluster({ trainer: true }, async ({ environment, play }) => {
    const store = createFolderStore(homePaths(environment.home).store);
    const figures: Figure[] = [];
    for (const seed of seeds) {
      const compared = comparison(withSeed(recipe, seed));
      const run = `progressive-${seed}`;
      const report = await play(run, compared.recipe);
      const learnt = await readLearnt(store, run, { seed, recipe: compared.recipe });
      const own = figuresOf(compared, { seed, learnt, report });
      keep(run, { figures: own, learnt, report });
      figures.push(...own);
    }
    return figures;
  });
}

/** The recipe with both direct stages beside the curriculum, and what they are called. */
export interface Comparison {
  recipe: Recipe;
  curriculum: string[];
  sameRollouts: string;
  sameTime: string;
}

/**
 * A direct stage is one of a curriculum of one. Its timeout is a second or two longer than the last one's, because a stage is
 * named by its timeout.
 */
export function comparison(recipe: Recipe): Comparison {
  const rl = recipe.stages.find((stage): stage is RlStages => stage.type === 'rl');
  const last = rl?.curriculum.at(-1);
  const evaluate = recipe.stages.findLast((stage) => stage.type === 'evaluate');
  if (!rl || !last || evaluate?.type !== 'evaluate') throw new Error('the recipe has no RL to compare with');
  const steps = rl.curriculum.reduce((sum, stage) => sum + stage.steps, 0);
  const directAt = (more: number, count: number): RlStages => ({
    ...rl,
    curriculum: [{ ...last, timeout: `${seconds(last.timeout) + more}s`, steps: count }],
  });
  const direct = [directAt(1, steps), directAt(2, stepsOfSameTime(rl))];
  const nameOf = (stage: RlStages): string => rlStageName(stage.curriculum[0]?.timeout ?? '');
  const [sameRollouts, sameTime] = direct.map(nameOf) as [string, string];
  const curriculum = rl.curriculum.map(({ timeout }) => rlStageName(timeout));
  const training = recipe.stages.filter(
    (stage) => stage.type !== 'evaluate' && !(stage.type === 'sft' && stage.name === 'sft-truncated'),
  );
  const policies = ['sft', ...curriculum.slice(-1), sameRollouts, sameTime];
  const stages = [...training, ...direct, { ...evaluate, policies }];
  return { recipe: recipeSchema.parse({ ...recipe, stages }), curriculum, sameRollouts, sameTime };
}

/** How many steps at the last timeout take the active time of the whole curriculum, told before it is played. */
function stepsOfSameTime({ curriculum }: RlStages): number {
  const taken = curriculum.map(({ timeout, steps }) => steps * Math.min(seconds(timeout), FLAWLESS_SECONDS));
  const last = Math.min(seconds(curriculum.at(-1)?.timeout ?? '1s'), FLAWLESS_SECONDS);
  return Math.max(1, Math.round(taken.reduce((sum, one) => sum + one, 0) / last));
}

function figuresOf(
  { curriculum, sameRollouts, sameTime }: Comparison,
  { seed, learnt, report }: { seed: number; learnt: Awaited<ReturnType<typeof readLearnt>>; report: Report },
): Figure[] {
  const of = (name: string) =>
    learnt.policies.find(({ policy }) => policy === name)?.score ?? { mean: NaN, stderr: NaN };
  const own = spent(report, curriculum);
  return [
    { direct: sameRollouts, as: 'the same number of rollouts' },
    { direct: sameTime, as: 'about the same active time' },
  ].map(({ direct, as }) => {
    const other = spent(report, [direct]);
    const figure = `seed ${seed}: progressive above direct RL with ${as}`;
    const found = difference(figure, [of(curriculum.at(-1) ?? ''), of(direct)], 0);
    const detail = {
      ...found.detail,
      rollouts: own.rollouts,
      directRollouts: other.rollouts,
      activeSeconds: own.activeSeconds,
      directActiveSeconds: other.activeSeconds,
    };
    return { ...found, bound: 'reported', ok: true, detail };
  });
}

/** Scored rollouts of RL stages, and the active seconds of those that were trained on. */
function spent({ stages }: Report, names: readonly string[]): { rollouts: number; activeSeconds: number } {
  const own = stages.filter(({ name }) => names.includes(name));
  const steps = own.flatMap(({ rl }) => rl?.steps ?? []);
  return {
    rollouts: own.reduce((sum, { scored }) => sum + scored, 0),
    activeSeconds: Math.round(steps.reduce((sum, { activeSeconds, score }) => sum + (activeSeconds ?? 0) * score.n, 0)),
  };
}
