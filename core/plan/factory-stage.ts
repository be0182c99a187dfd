import { EVENTS } from './history.ts';
import { callsUsd } from './model-cost.ts';
import { noWork, type PlannedStage } from './plan.ts';
import type { Planning } from './planning.ts';

/** The Research-Factory: a paper's rubric, addendum and dry judging are calls of language models. */
export function planFactory({ recipe, tasks, assumed }: Planning): PlannedStage[] {
  const { factory, models } = recipe;
  if (recipe.tasks.type !== 'factory' || !factory) return [];
  const papers = tasks.train + tasks.heldout;
  const used = { inputTokens: papers * assumed.factoryInputTokens, outputTokens: papers * assumed.factoryOutputTokens };
  return [
    {
      ...noWork(),
      name: 'factory',
      type: 'factory',
      promptTokens: used.inputTokens,
      newTokens: used.inputTokens,
      outputTokens: used.outputTokens,
      events: papers * (EVENTS.paper + EVENTS.child) + EVENTS.stage + EVENTS.inRun,
      longestHistory: papers * EVENTS.child + EVENTS.stage,
      bytes: papers * assumed.paperMb * 1e6,
      usd: callsUsd(models[factory.models.builder], used, false),
    },
  ];
}
