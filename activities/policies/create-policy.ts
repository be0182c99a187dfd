import { inWords } from '../../core/agent/time-reminder.ts';
import { windowsFor, type ModelPolicySettings } from '../../core/model-policy.ts';
import type { Recipe } from '../../core/recipe.ts';
import { tokenizerOf } from '../../core/stages.ts';
import type { StudentSettings } from '../../core/student.ts';
import { ALL_TOOLS, definitionsOf, type ToolName } from '../agent/tools/tools.ts';
import { invalidInput } from '../failures.ts';
import type { FindModel } from '../models/create-models.ts';
import type { ToolDefinition } from '../models/model.ts';
import type { Prompts } from '../prompts.ts';
import type { Store } from '../store.ts';
import { createIdle } from './idle.ts';
import { createModelPolicy } from './model/model-policy.ts';
import type { Policy } from './policy.ts';
import { createScripted } from './scripted.ts';
import { createStudent } from './student.ts';
import { keepTold } from './told.ts';

/** Who plays: a policy of the recipe by its name, or the checkpoint of the stage that is called so. */
export interface PolicyChoice {
  recipe: Recipe;
  run: string;
  name: string;
  /** The time budget of the rollout. */
  budgetSeconds: number;
}

export interface PolicyDependencies {
  store: Store;
  models: FindModel;
  /** `prompts/agent`. */
  prompts: Prompts;
}

/** Makes the policy of one attempt at a rollout; what it keeps between turns is that attempt's alone. */
export const createPolicyFactory =
  (deps: PolicyDependencies) =>
  (choice: PolicyChoice): Policy => {
    const { recipe, name } = choice;
    const spec = recipe.policies[name];
    switch (spec?.type) {
      case 'idle':
        return createIdle();
      case 'scripted':
        return createScripted({ mistakes: spec.mistakes, seed: `${recipe.seed}.${spec.seed}` });
      case 'model':
        return modelPolicyOf(deps, choice, spec);
      case undefined:
        if (!recipe.student) throw invalidInput(`the recipe has no policy "${name}", and no student`);
        return studentOf(deps, choice, recipe.student);
    }
  };

function studentOf(
  { store }: PolicyDependencies,
  { recipe, run, name }: PolicyChoice,
  settings: StudentSettings,
): Policy {
  return createStudent({
    settings,
    store,
    run,
    checkpoint: name,
    tokenizer: tokenizerOf(recipe, name),
    seed: recipe.seed,
  });
}

/** On micropapers it has what their students have: one command a turn. */
function modelPolicyOf(
  { store, models, prompts }: PolicyDependencies,
  choice: PolicyChoice,
  spec: ModelPolicySettings,
): Policy {
  const { recipe, budgetSeconds } = choice;
  const isMicro = recipe.tasks.type === 'micropapers';
  const model = models(recipe, spec.model);
  return createModelPolicy({
    model,
    prompts,
    prompt: promptOf(recipe, spec),
    tools: toolsOf(recipe, spec),
    oneCall: isMicro,
    temperature: spec.temperature,
    budgetSeconds,
    windows: windowsFor(spec, model.settings),
    keepTold: (version, told) => keepTold(store, version, told),
  });
}

const MICROPAPER_TOOLS: ToolName[] = ['bash', 'submit'];

const promptOf = ({ tasks }: Recipe, { toolFormat }: ModelPolicySettings): string =>
  `${tasks.type === 'micropapers' ? 'micropaper' : 'paper'}-${toolFormat}`;

const toolsOf = ({ tasks }: Recipe, { toolFormat }: ModelPolicySettings): readonly ToolName[] | undefined =>
  toolFormat === 'plain' ? undefined : tasks.type === 'micropapers' ? MICROPAPER_TOOLS : ALL_TOOLS;

/** What a policy would be told beside the task by the prompts as they are now; programs and students are told nothing. */
export function toldTo(
  prompts: Prompts,
  { recipe, name, budgetSeconds }: Omit<PolicyChoice, 'run'>,
): { system: string | undefined; tools: ToolDefinition[] } {
  const spec = recipe.policies[name];
  if (spec?.type !== 'model') return { system: undefined, tools: [] };
  const system = prompts.fill(promptOf(recipe, spec), { budget: inWords(budgetSeconds) });
  return { system, tools: definitionsOf(toolsOf(recipe, spec) ?? []) };
}
