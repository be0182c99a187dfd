import { rlStageName } from './curriculum.ts';
import { seconds } from './duration.ts';
import type { FactorySettings } from './factory/factory-settings.ts';
import { unknownModels } from './factory/factory-recipe.ts';
import type { RecipeStage } from './recipe-stages.ts';
import type { RlStages } from './rl-settings.ts';

export interface Contradiction {
  path: (string | number)[];
  message: string;
}

/** What a recipe says of itself that matters here. */
interface Checked {
  policies: object;
  tasks: { type: string };
  models: object;
  factory?: FactorySettings | undefined;
  student?: { server: { type: string } } | undefined;
  stages: readonly RecipeStage[];
}

/** What in a recipe cannot go together, each with the path to the field: stages follow each other, so order counts. */
export function contradictions(recipe: Checked): Contradiction[] {
  const names = new Set<string>();
  const stages = recipe.stages.flatMap((stage, index) => {
    const found = [...ofStage(recipe, stage, names)].map(({ path, message }) => ({
      path: ['stages', index, ...path],
      message,
    }));
    for (const name of namesOf(stage)) names.add(name);
    return found;
  });
  return [...ofFactory(recipe), ...stages];
}

/** A factory whose tasks nobody plays, or tasks that nobody makes. */
function* ofFactory({ tasks, factory, models }: Checked): Generator<Contradiction> {
  if (tasks.type === 'factory' && !factory) yield { path: ['factory'], message: 'must say how the tasks are made' };
  if (tasks.type !== 'factory' && factory) yield { path: ['factory'], message: 'needs tasks of the type factory' };
  if (factory) yield* unknownModels({ factory, models });
}

/** The names of the stage workflows that a stage of the recipe becomes. */
const namesOf = (stage: RecipeStage): string[] => {
  if (stage.type === 'distill') return ['distill'];
  if (stage.type === 'rl') return stage.curriculum.map(({ timeout }) => rlStageName(timeout));
  return stage.type === 'evaluate' ? stage.policies.map((policy) => `evaluate-${policy}`) : [stage.name];
};

function* ofStage(recipe: Checked, stage: RecipeStage, before: ReadonlySet<string>): Generator<Contradiction> {
  const own = namesOf(stage);
  const twice = own.findIndex((name, position) => before.has(name) || own.indexOf(name) < position);
  if (twice !== -1) yield { path: nameField(stage, twice), message: `the run has a stage ${own[twice]} already` };
  if (stage.type === 'init' || stage.type === 'sft' || stage.type === 'rl') {
    if (!recipe.student) yield { path: ['type'], message: 'needs the field student of the recipe' };
  }
  if (stage.type === 'sft') yield* ofTraining(stage, before);
  if (stage.type === 'rl') yield* ofCurriculum(recipe, stage, before);
  if (stage.type === 'distill') {
    yield* ofPolicies(recipe, { policies: [stage.policy], fieldOf: () => ['policy'], stages: new Set() });
  }
  if (stage.type === 'evaluate') {
    const stages = new Set([...before].filter((name) => !/^(distill|evaluate-)/.test(name)));
    yield* ofPolicies(recipe, { policies: stage.policies, fieldOf: (at) => ['policies', at], stages });
    if (stage.alongside && stage.policies.some((policy) => stages.has(policy)) && servesOne(recipe)) {
      yield {
        path: ['alongside'],
        message: 'student.server serves one checkpoint at a time, and the next stages need it',
      };
    }
  }
  if ('suite' in stage && isEmpty((recipe.tasks as unknown as Record<string, unknown>)[stage.suite])) {
    yield { path: ['suite'], message: `tasks.${stage.suite} is 0` };
  }
}

/** The embedded server holds several checkpoints at a time. */
const servesOne = ({ student }: Checked): boolean => student !== undefined && student.server.type !== 'embedded';

const isEmpty = (suite: unknown): boolean => suite === 0 || (Array.isArray(suite) && suite.length === 0);

const nameField = (stage: RecipeStage, position: number): (string | number)[] => {
  if (stage.type === 'distill') return ['policy'];
  if (stage.type === 'rl') return ['curriculum', position, 'timeout'];
  return stage.type === 'evaluate' ? ['policies', position] : ['name'];
};

function* ofTraining(
  stage: Extract<RecipeStage, { type: 'sft' }>,
  before: ReadonlySet<string>,
): Generator<Contradiction> {
  if (!before.has(stage.from)) yield { path: ['from'], message: 'no stage before this one has this name' };
  if (stage.data.type === 'trajectories' && !before.has('distill')) {
    yield { path: ['data', 'type'], message: 'there is no distill stage before this one' };
  }
}

function* ofCurriculum(recipe: Checked, stage: RlStages, before: ReadonlySet<string>): Generator<Contradiction> {
  if (!before.has(stage.from)) yield { path: ['from'], message: 'no stage before this one has this name' };
  const papers = (recipe.tasks as Record<string, unknown>)[stage.suite];
  for (const [index, { timeout, tasksPerStep = stage.tasksPerStep }] of stage.curriculum.entries()) {
    const last = stage.curriculum[index - 1]?.timeout;
    if (last !== undefined && seconds(timeout) <= seconds(last)) {
      yield { path: ['curriculum', index, 'timeout'], message: `must be longer than the one before, ${last}` };
    }
    if (typeof papers === 'number' && papers > 0 && tasksPerStep > papers) {
      yield {
        path: ['curriculum', index],
        message: `a step plays ${tasksPerStep} tasks, tasks.${stage.suite} is ${papers}`,
      };
    }
  }
}

interface Asked {
  policies: readonly string[];
  fieldOf(position: number): (string | number)[];
  /** Stages whose checkpoint may be asked for. */
  stages: ReadonlySet<string>;
}

function* ofPolicies(recipe: Checked, { policies, fieldOf, stages }: Asked): Generator<Contradiction> {
  for (const [position, policy] of policies.entries()) {
    if (Object.hasOwn(recipe.policies, policy) || stages.has(policy)) continue;
    const known = [...Object.keys(recipe.policies), ...stages].join(', ') || 'none';
    yield { path: fieldOf(position), message: `no such policy; there is ${known}` };
  }
}
