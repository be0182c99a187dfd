import { windowsFor } from '../model-policy.ts';
import type { ModelSettings } from '../models.ts';
import type { Recipe } from '../recipe.ts';
import type { Assumptions } from './assumptions.ts';
import type { Playing } from './expected-rollout.ts';

/** Of what a language model is told besides the task: how to work, and what its tools take. */
const OPENING_TOKENS = 900;
/** A word of a micropaper is one token to its student, and several to anyone else. */
const TOKENS_PER_WORD = 4;
/** How long an answer takes at least, whatever the rollout's clock says. */
const ANSWER_SECONDS = 4;

/** The model behind a policy; undefined where it is something else that plays. */
export function modelBehind(recipe: Recipe, policy: string): ModelSettings | undefined {
  const spec = recipe.policies[policy];
  return spec?.type === 'model' ? recipe.models[spec.model] : undefined;
}

/** What is assumed of a rollout, in the model's own tokens. */
export function inItsTokens(assumed: Assumptions, recipe: Recipe, model: ModelSettings): Assumptions {
  const factor = recipe.tasks.type === 'micropapers' ? TOKENS_PER_WORD : 1;
  const thinks = model.type === 'anthropic' && model.thinking !== undefined;
  return {
    ...assumed,
    slotSecondsPerTurn: Math.max(assumed.slotSecondsPerTurn, ANSWER_SECONDS),
    prefixTokens: assumed.prefixTokens * factor + OPENING_TOKENS,
    actionTokens: assumed.actionTokens * factor + (thinks ? assumed.thinkingTokens : 0),
    observationTokens: assumed.observationTokens * factor,
  };
}

/** What it sees of its past, and the most that a turn of it may be. */
export function windowsOfModel(recipe: Recipe, policy: string): Pick<Playing, 'windows' | 'limits'> {
  const spec = recipe.policies[policy];
  const model = modelBehind(recipe, policy);
  if (spec?.type !== 'model' || !model) return { windows: null, limits: null };
  const { maxTokens, overlap, observationTokens } = windowsFor(spec, model);
  const limits = { actionTokens: model.maxTokens, observationTokens };
  return { windows: { maxTokens, overlap, reserve: model.maxTokens + observationTokens }, limits };
}
