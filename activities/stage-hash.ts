import type { FactorySettings } from '../core/factory/factory-settings.ts';
import { judgeOf } from '../core/judge-settings.ts';
import type { ModelSettings } from '../core/models.ts';
import type { Recipe } from '../core/recipe.ts';
import { playsRollouts, stagesOf, type Stage } from '../core/stages.ts';
import { recipeHash } from './recipe-hash.ts';

/** Of the stage of this name as the recipe has it: the one that ran may have been tuned, which its recipe does not say. */
export function hashOfStage(recipe: Recipe, name: string): string {
  const stage = stagesOf(recipe).find((candidate) => candidate.name === name);
  if (!stage) throw new Error(`the recipe has no stage "${name}"`);
  return stageHash(recipe, stage);
}

/** What decides a stage: its resolved part of the recipe, and the hashes of the stages that it goes on from. */
export function stageHash(recipe: Recipe, stage: Stage): string {
  const inputs = stagesOf(recipe).filter(({ name }) => inputsOf(recipe, stage).includes(name));
  return recipeHash({ own: ownPart(recipe, stage), inputs: inputs.map((input) => stageHash(recipe, input)) });
}

/** Names of the stages whose outputs a stage uses. */
export function inputsOf(recipe: Recipe, stage: Stage): string[] {
  if (stage.type === 'factory') return [];
  const made = recipe.tasks.type === 'factory' ? ['factory'] : [];
  if (playsRollouts(stage)) return [...made, ...(stage.checkpoint === null ? [] : [stage.checkpoint])];
  if (stage.type === 'rl') return [...made, stage.from];
  const given = settingsOf(recipe, stage);
  const distilled = given?.type === 'sft' && given.data.type === 'trajectories' ? ['distill'] : [];
  return [...(stage.from === null ? [] : [stage.from]), ...distilled];
}

function ownPart(recipe: Recipe, stage: Stage): unknown {
  const { student, rollout, tasks, seed, factory } = recipe;
  if (stage.type === 'factory') return factory && factoryPart(recipe, factory);
  if (stage.type === 'sft') return { settings: settingsOf(recipe, stage), student };
  const played = { stage, rollout, tasks, judge: judgePart(recipe, stage), seed };
  if (stage.type === 'rl') return { ...played, student };
  const accept = recipe.stages.find((candidate) => candidate.type === 'distill')?.accept;
  const policy = stage.checkpoint === null ? policyPart(recipe, stage.policy) : student;
  return { ...played, policy, ...(stage.type === 'distill' ? { accept } : {}) };
}

/** A policy with the model that it names: what that is called in the recipe says nothing. */
function policyPart({ policies, models }: Recipe, name: string): unknown {
  const policy = policies[name];
  if (policy?.type !== 'model') return policy;
  const { model, ...decides } = policy;
  return { ...decides, model: modelPart(models[model]) };
}

/** What decides a grade; not how fast it is asked for. */
function judgePart(recipe: Recipe, stage: Stage): unknown {
  const judge = judgeOf(recipe, stage.name);
  if (judge.type !== 'llm') return judge;
  const { model, concurrency: _c, batch: _b, ...decides } = judge;
  return { ...decides, model: modelPart(recipe.models[model]) };
}

/** What decides a model's answers; not where it is asked, how patiently, nor what it costs. */
function modelPart(settings: ModelSettings | undefined): unknown {
  if (!settings) return undefined;
  const { limits: _l, price: _p, timeout: _t, patience: _w, baseUrl: _b, apiKeyEnv: _k, ...decides } = settings;
  return { ...decides, cache: undefined };
}

/** What decides which tasks are made, and how; not how fast, nor when a person is asked. */
function factoryPart(recipe: Recipe, factory: FactorySettings): unknown {
  const {
    concurrency: _c,
    callsPerPaper: _p,
    heartbeat: _h,
    stuckAfter: _s,
    approveAfter: _a,
    budget,
    ...decides
  } = factory;
  const { paperUsd } = budget;
  return { ...decides, paperUsd, models: modelsOf(recipe, Object.values(factory.models)) };
}

const modelsOf = ({ models }: Recipe, names: readonly (string | undefined)[]) =>
  Object.fromEntries(names.flatMap((name) => (name === undefined ? [] : [[name, modelPart(models[name])]])));

const settingsOf = (recipe: Recipe, { name }: Stage) =>
  recipe.stages.find((candidate) => 'name' in candidate && candidate.name === name);
