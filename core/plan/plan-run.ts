import type { Recipe } from '../recipe.ts';
import type { RecipeStage } from '../recipe-stages.ts';
import type { Suite } from '../micropaper/generate.ts';
import { MICROPAPER, PAPER, resolveAssumptions, type Assumptions, type GivenAssumptions } from './assumptions.ts';
import { planFactory } from './factory-stage.ts';
import { notesOf } from './notes.ts';
import { addWork, type Plan, type PlannedStage, type Slots } from './plan.ts';
import type { Planning } from './planning.ts';
import { planRl } from './rl-stage.ts';
import { planRolloutStage } from './rollout-stage.ts';
import { isCounted, suiteSizes } from './suites.ts';
import { planInit, planSft } from './training-stage.ts';
import { playsAlongside, stagesOf } from '../stages.ts';

export interface PlanRequest {
  recipe: Recipe;
  /** How many tasks each suite holds; null where they are not there to be counted. */
  tasks: Record<Suite, number> | null;
  slots: Slots;
  /** Assumptions that are given beside the recipe. */
  given: GivenAssumptions;
}

/** What a run of this recipe will take, stage by stage, before anything is spent. */
export function planRun({ recipe, tasks, slots, given }: PlanRequest): Plan {
  const { values, stated } = resolveAssumptions(defaultsFor(recipe), recipe.assumptions, given);
  const sizes = tasks ?? suiteSizes(recipe.tasks, values.tasks);
  const planning: Planning = { recipe, tasks: sizes, slots, assumed: values };
  const planned = [...planFactory(planning), ...recipe.stages.flatMap((stage) => planStage(planning, stage))];
  const stages = asRun(recipe, planned);
  return {
    recipe: recipe.name,
    slots,
    stages,
    total: { ...addWork(stages), leastSeconds: leastOf(recipe, stages) },
    assumptions: stated,
    notes: [...((tasks ?? isCounted(recipe.tasks)) ? [] : [uncounted(sizes)]), ...notesOf(planning, stages)],
  };
}

const uncounted = ({ train, heldout }: Record<Suite, number>): string =>
  `The tasks are not there to be counted: ${train} to learn from and ${heldout} held out are taken for granted (tasks).`;

/** In the order in which the run has them. */
function asRun(recipe: Recipe, stages: readonly PlannedStage[]): PlannedStage[] {
  const order = stagesOf(recipe).map(({ name }) => name);
  return stages.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

/** Stages follow each other, and those that play alongside follow each other beside them. */
function leastOf(recipe: Recipe, stages: readonly PlannedStage[]): number {
  const alongside = new Set(stagesOf(recipe).flatMap((stage) => (playsAlongside(stage) ? [stage.name] : [])));
  const sumOf = (beside: boolean): number =>
    stages.reduce((sum, one) => sum + (alongside.has(one.name) === beside ? one.leastSeconds : 0), 0);
  return Math.max(sumOf(false), sumOf(true));
}

function planStage(planning: Planning, stage: RecipeStage): PlannedStage[] {
  switch (stage.type) {
    case 'init':
      return [planInit(planning, stage)];
    case 'sft':
      return [planSft(planning, stage)];
    case 'rl':
      return planRl(planning, stage);
    case 'distill':
      return [planRolloutStage(planning, stage, { name: 'distill', policy: stage.policy })];
    case 'evaluate':
      return stage.policies.map((policy) => planRolloutStage(planning, stage, { name: `evaluate-${policy}`, policy }));
  }
}

/** A page has three leaves for each of its experiments. */
function defaultsFor({ tasks }: Recipe): Assumptions {
  if (tasks.type !== 'micropapers') return PAPER;
  const { min, max } = tasks.difficulty.experiments;
  return { ...MICROPAPER, leaves: Math.round((3 * (min + max)) / 2) };
}
