import { rlStageName, settingsOf, type RlSettings } from './curriculum.ts';
import { knobsOf, type FactoryKnobs } from './factory/knobs.ts';
import type { Suite } from './micropaper/generate.ts';
import type { Recipe } from './recipe.ts';
import type { RecipeStage } from './recipe-stages.ts';

/** A stage workflow that plays rollouts, under the name that its id is computed from. */
export interface RolloutStage {
  /** `distill`, `evaluate-<policy>`. */
  name: string;
  type: 'distill' | 'evaluate';
  policy: string;
  /** The checkpoint that must be served while it plays; none where the policy needs no serving. */
  checkpoint: string | null;
  suite: Suite;
  /** The step of its rollouts' ids. */
  step: string;
  rolloutsPerTask: number;
  /** The time budget as the recipe writes it. */
  timeout: string;
  concurrency: number;
  /** Only the first so many tasks of the suite. */
  papers?: number;
  /** Plays while the next stages go on. */
  alongside?: true;
}

/** A stage workflow that makes a checkpoint of its own name. */
export interface TrainingStage {
  name: string;
  type: 'sft';
  /** The checkpoint that it starts from; none where it creates the model. */
  from: string | null;
}

/** A stage workflow of RL: it plays and trains by turns, and leaves a checkpoint of its own name, which is also its policy's. */
export interface RlStage extends RlSettings {
  /** `rl-<timeout>`. */
  name: string;
  type: 'rl';
}

/** The stage workflow that makes the run's tasks. */
export interface FactoryStage {
  name: 'factory';
  type: 'factory';
  knobs: FactoryKnobs;
}

export type Stage = RolloutStage | TrainingStage | RlStage | FactoryStage;

/**
 * The stage workflows of a run, in order: an evaluation of several policies is one stage for each. One that plays alongside
 * begins as soon as its checkpoint is there.
 */
export function stagesOf(recipe: Recipe): Stage[] {
  const asWritten = recipe.stages.flatMap((stage) => stagesIn(recipe, stage));
  const makers = new Set(asWritten.map(({ name }) => name));
  const moves = (stage: Stage): stage is RolloutStage =>
    playsAlongside(stage) && stage.checkpoint !== null && makers.has(stage.checkpoint);
  const moved = asWritten.filter(moves);
  const behind = (maker: Stage): Stage[] => moved.filter(({ checkpoint }) => checkpoint === maker.name);
  const inOrder = asWritten.filter((stage) => !moves(stage)).flatMap((stage) => [stage, ...behind(stage)]);
  return [...factoryStage(recipe), ...inOrder];
}

/** The first stage, where the recipe does not name ready tasks. */
const factoryStage = ({ tasks, factory }: Recipe): FactoryStage[] =>
  tasks.type === 'factory' && factory ? [{ name: 'factory', type: 'factory', knobs: knobsOf(factory) }] : [];

/** Whether a stage plays rollouts of a plan, and nothing else. */
export const playsRollouts = (stage: Stage): stage is RolloutStage =>
  stage.type === 'distill' || stage.type === 'evaluate';

/** Whether a stage plays beside those that follow it. */
export const playsAlongside = (stage: Stage): stage is RolloutStage => playsRollouts(stage) && stage.alongside === true;

/** The checkpoint that each checkpoint of a run was trained from. */
export const parentsOf = (recipe: Recipe): Map<string, string> =>
  new Map(
    stagesOf(recipe).flatMap((stage) => ('from' in stage && stage.from !== null ? [[stage.name, stage.from]] : [])),
  );

function stagesIn(recipe: Recipe, stage: RecipeStage): Stage[] {
  switch (stage.type) {
    case 'init':
      return [{ name: stage.name, type: 'sft', from: null }];
    case 'sft':
      return [{ name: stage.name, type: 'sft', from: stage.from }];
    case 'rl':
      return settingsOf(stage).map((settings) => ({ ...settings, name: rlStageName(settings.timeout), type: 'rl' }));
    case 'distill':
      return [
        { ...playing(stage), name: 'distill', type: 'distill', policy: stage.policy, checkpoint: null, step: '0' },
      ];
    case 'evaluate':
      return stage.policies.map((policy) => ({
        ...playing(stage),
        ...(stage.papers === undefined ? {} : { papers: stage.papers }),
        ...(stage.alongside ? { alongside: true as const } : {}),
        name: `evaluate-${policy}`,
        type: 'evaluate',
        policy,
        checkpoint: Object.hasOwn(recipe.policies, policy) ? null : policy,
        step: stage.suite,
      }));
  }
}

type Playing = Extract<RecipeStage, { type: 'distill' | 'evaluate' }>;

const playing = ({ suite, rolloutsPerTask, timeout, concurrency }: Playing) => ({
  suite,
  rolloutsPerTask,
  timeout,
  concurrency,
});

/** The checkpoint whose tokenizer a policy's prompts are made with: it is there before the policy's own, which may be RL's. */
export function tokenizerOf({ stages }: Pick<Recipe, 'stages'>, policy: string): string {
  const rl = stages.find(
    (stage) => stage.type === 'rl' && stage.curriculum.some(({ timeout }) => rlStageName(timeout) === policy),
  );
  return rl?.type === 'rl' ? rl.from : policy;
}
