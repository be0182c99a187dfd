import type { FactorySettings } from '../../core/factory/factory-settings.ts';
import type { PaperPlace } from '../../core/factory/paper.ts';
import type { Usage } from '../../core/trajectory.ts';
import type { Store } from '../store.ts';
import { hasCall, keepAnswer, noteCall, readAnswer, readAnswers, type StoredAnswer } from './calls.ts';
import type { Material } from './material.ts';
import { planRubric, standingOf, type NumberedCall, type RubricPlan } from './plan-rubric.ts';
import type { Prompts } from '../prompts.ts';
import { hashOf, questionOf, type Question } from './question.ts';

/** A model that answers a question in its shape. */
export interface FactoryModel {
  /** What the provider knows it by, and the settings that its answers depend on. */
  identity: { provider: string } & Record<string, unknown>;
  ask(question: Question, signal: AbortSignal): Promise<{ value: unknown; usage: Usage }>;
}

export interface AskDependencies {
  store: Store;
  prompts: Prompts;
  material(place: PaperPlace): Promise<Material>;
}

export interface Asked {
  place: PaperPlace;
  call: NumberedCall;
  settings: FactorySettings;
  /** The models that the recipe names. */
  model(name: string): FactoryModel;
}

/**
 * Makes one call, unless it, or the very same question, was answered before. The answer is in the store before anything is done
 * with it, so a crash costs at most the call in flight.
 */
export async function askOne(deps: AskDependencies, asked: Asked, signal: AbortSignal): Promise<RubricPlan> {
  const { store } = deps;
  const { place, call, settings } = asked;
  const material = await deps.material(place);
  if (!(await hasCall(store, { place, number: call.number }, call.name)))
    await answer(deps, { ...asked, material }, signal);
  return planRubric(store, place, { material, settings });
}

async function answer(
  deps: AskDependencies,
  asked: Asked & { material: Material },
  signal: AbortSignal,
): Promise<void> {
  const { store, prompts } = deps;
  const { place, call, settings, material } = asked;
  // Calls that were planned together see the same rubric, whichever of them was answered meanwhile.
  const before = await readAnswers(store, place, call.after);
  const { built, checks } = standingOf(before, { material, settings });
  const question = questionOf(prompts, { call, built, checks, material, settings });
  const model = asked.model(question.model);
  const hash = hashOf(question, model.identity);
  const known = await readAnswer(store, hash);
  if (!known) {
    const { value, usage } = await model.ask(question, signal);
    const kept: StoredAnswer = {
      kind: call.kind,
      model: { name: question.model, provider: model.identity.provider },
      usage,
      value,
    };
    await keepAnswer(store, hash, kept);
  }
  await noteCall(
    store,
    { place, number: call.number },
    { name: call.name, kind: call.kind, answer: hash, paid: !known },
  );
}
