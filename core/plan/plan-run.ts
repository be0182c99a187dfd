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
  const stages = [...planFactory(planning), ...recipe.stages.flatMap((stage) => planStage(planning, stage))];
  return {
    recipe: recipe.name,
    slots,
    stages,
    total: addWork(stages),
    assumptions: stated,
    notes: [...((tasks ?? isCounted(recipe.tasks)) ? [] : [uncounted(sizes)]), ...notesOf(planning, stages)],
  };
}

const uncounted = ({ train, heldout }: Record<Suite, number>): string =>
  `The tasks are not there to be counted: ${train} to learn from and ${heldout} held out are taken for granted (tasks).`;

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
