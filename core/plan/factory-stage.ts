import type { FactoryPart } from '../factory/factory-recipe.ts';
import { PAPER, resolveAssumptions, type Assumptions, type GivenAssumptions } from './assumptions.ts';
import { EVENTS, ROLLOUTS_PER_EXECUTION } from './history.ts';
import { callsUsd } from './model-cost.ts';
import { addWork, noWork, type Plan, type PlannedStage, type Slots } from './plan.ts';
import type { Planning } from './planning.ts';

/** The Research-Factory as the first stage of a run: a paper for every task of both suites. */
export function planFactory({ recipe, tasks, assumed }: Planning): PlannedStage[] {
  const { factory, models } = recipe;
  if (recipe.tasks.type !== 'factory' || !factory) return [];
  return [factoryWork({ factory, models }, tasks.train + tasks.heldout, assumed)];
}

/** The Research-Factory by itself: as many papers as its sources may give, at most. */
export function planFactoryAlone(
  recipe: FactoryPart & { name: string },
  { slots, given }: { slots: Slots; given: GivenAssumptions },
): Plan {
  const { values, stated } = resolveAssumptions(PAPER, {}, given);
  const papers = given.tasks ?? recipe.factory.sources.reduce((sum, { limit }) => sum + limit, 0);
  const stages = [factoryWork(recipe, papers, values)];
  const { usd } = recipe.factory.budget;
  const notes = [
    `${papers} papers, as many as the sources may give, are taken for granted (tasks); how many become tasks nobody knows.`,
    ...(usd === undefined ? [] : [`The factory waits for an operator when it has paid $${usd}.`]),
  ];
  const used = stated.filter(({ name }) => name === 'tasks' || name === 'paperMb' || name.startsWith('factory'));
  const assumptions = used.map((one) => (one.name === 'tasks' ? { ...one, value: papers } : one));
  return { recipe: recipe.name, slots, stages, total: addWork(stages), assumptions, notes };
}

/** A paper's rubric, addendum and dry judging are calls of language models; at the price of the one that writes. */
function factoryWork({ factory, models }: FactoryPart, papers: number, assumed: Assumptions): PlannedStage {
  const used = { inputTokens: papers * assumed.factoryInputTokens, outputTokens: papers * assumed.factoryOutputTokens };
  return {
    ...noWork(),
    name: 'factory',
    type: 'factory',
    promptTokens: used.inputTokens,
    newTokens: used.inputTokens,
    outputTokens: used.outputTokens,
    events: papers * (EVENTS.paper + EVENTS.child) + EVENTS.stage + EVENTS.inRun,
    longestHistory: Math.min(papers, ROLLOUTS_PER_EXECUTION) * EVENTS.child + EVENTS.stage,
    bytes: papers * assumed.paperMb * 1e6,
    usd: callsUsd(models[factory.models.builder], used, false),
  };
}
