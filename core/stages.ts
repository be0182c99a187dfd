import type { Suite } from './micropaper/generate.ts';
import type { Recipe } from './recipe.ts';

export type DistillStage = Extract<Recipe['stages'][number], { type: 'distill' }>;
export type EvaluateStage = Extract<Recipe['stages'][number], { type: 'evaluate' }>;

/** One stage workflow of a run: what it plays, under the name that its id is computed from. */
export interface RolloutStage {
  /** `distill`, `evaluate-<policy>`. */
  name: string;
  type: 'distill' | 'evaluate';
  policy: string;
  suite: Suite;
  /** The step of its rollouts' ids. */
  step: string;
  rolloutsPerTask: number;
  /** The time budget as the recipe writes it. */
  timeout: string;
  concurrency: number;
}

/** The stage workflows of a run, in order: an evaluation of several policies is one stage for each. */
export function stagesOf(recipe: Recipe): RolloutStage[] {
  return recipe.stages.flatMap((stage) => (stage.type === 'distill' ? [distillation(stage)] : evaluations(stage)));
}

const distillation = (stage: DistillStage): RolloutStage => ({
  name: 'distill',
  type: 'distill',
  policy: stage.policy,
  suite: stage.suite,
  step: '0',
  rolloutsPerTask: stage.rolloutsPerTask,
  timeout: stage.timeout,
  concurrency: stage.concurrency,
});

const evaluations = (stage: EvaluateStage): RolloutStage[] =>
  stage.policies.map((policy) => ({
    name: `evaluate-${policy}`,
    type: 'evaluate',
    policy,
    suite: stage.suite,
    step: stage.suite,
    rolloutsPerTask: stage.rolloutsPerTask,
    timeout: stage.timeout,
    concurrency: stage.concurrency,
  }));
