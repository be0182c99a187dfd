import type { Recipe } from '../recipe.ts';
import { observationTokens } from '../student.ts';
import type { Suite } from '../micropaper/generate.ts';
import type { Assumptions } from './assumptions.ts';
import type { Playing } from './expected-rollout.ts';
import { windowsOfModel } from './language-model.ts';
import type { Slots } from './plan.ts';

/** What the plan of every stage is made from. */
export interface Planning {
  recipe: Recipe;
  /** How many tasks each suite holds. */
  tasks: Record<Suite, number>;
  slots: Slots;
  assumed: Assumptions;
}

/** How a policy plays: a checkpoint sees windows of its past, a language model windows of its own, any other policy all of it. */
export function playingOf({ recipe }: Planning, policy: string, timeout: string): Playing {
  const settings = recipe.rollout;
  const spec = recipe.policies[policy];
  if (!spec) return asStudent(recipe, timeout);
  const all = { timeout, settings, ...windowsOfModel(recipe, policy) };
  return spec.type === 'idle' ? { ...all, settings: { ...settings, maxTurns: 1 } } : all;
}

/** How the student plays, or sees what another has played. */
export function asStudent({ rollout, student }: Recipe, timeout: string): Playing {
  if (!student) return { timeout, settings: rollout, windows: null, limits: null };
  const limits = { actionTokens: student.sampling.maxTokens, observationTokens: observationTokens(student) };
  return { timeout, settings: rollout, windows: student.windows, limits };
}
