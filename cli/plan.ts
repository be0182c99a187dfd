import { resolve } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { chooseFolders } from '../activities/bookkeeping/prepare-folders.ts';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { createFolderStore } from '../activities/store.ts';
import { readEnvironment } from '../config/environment.ts';
import { homePaths } from '../config/home.ts';
import { describeIssues } from '../core/describe-issues.ts';
import { factoryRecipe } from '../core/factory/factory-recipe.ts';
import { ASSUMPTION_NAMES, recipeAssumptions, type GivenAssumptions } from '../core/plan/assumptions.ts';
import type { Suite } from '../core/micropaper/generate.ts';
import type { TaskSettings } from '../core/task-settings.ts';
import { planFactoryAlone } from '../core/plan/factory-stage.ts';
import type { Plan, Slots } from '../core/plan/plan.ts';
import { planRun } from '../core/plan/plan-run.ts';
import { WindowError } from '../core/windows.ts';
import { readArguments } from './arguments.ts';
import { planText } from './plan-text.ts';
import { roomFor } from './pools.ts';
import { hasVirtualClock, readJson, readRecipe, shown } from './run-choice.ts';
import { usageError, UserError } from './user-error.ts';

const OPTIONS = {
  json: { type: 'boolean' },
  'rollout-slots': { type: 'string' },
  'judge-slots': { type: 'string' },
  assume: { type: 'string', multiple: true },
} as const;

/** `npm run plan -- FILE`: what a recipe will take and cost, before anything is spent. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = readArguments('plan', args, OPTIONS);
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0)
    throw usageError('plan', 'name one recipe, such as config/recipes/micro.json');
  const given = assumptionsOf(values.assume ?? []);
  const slots = slotsOf(values['rollout-slots'], values['judge-slots']);
  try {
    const plan = await planOf(resolve(file), { slots, given });
    process.stdout.write(values.json ? `${JSON.stringify(plan, null, 2)}\n` : planText(plan));
  } catch (error) {
    if (error instanceof WindowError) throw new UserError(`student.windows, with what is assumed: ${error.message}`);
    throw error;
  }
  return 0;
}

/** A recipe of a run, or one of the factory alone. */
async function planOf(
  file: string,
  { slots, given }: { slots: (isVirtual: boolean) => Slots; given: GivenAssumptions },
): Promise<Plan> {
  const content = readJson(file);
  if (isFactoryAlone(content)) {
    const alone = factoryRecipe.safeParse(content);
    if (!alone.success) throw new UserError(`${shown(file)}: ${describeIssues(alone.error, content)}`);
    return planFactoryAlone(alone.data, { slots: slots(false), given });
  }
  const { parsed: recipe } = readRecipe(file);
  return planRun({ recipe, tasks: await suiteSizes(recipe.tasks), slots: slots(hasVirtualClock(recipe)), given });
}

const isFactoryAlone = (content: unknown): boolean =>
  typeof content === 'object' && content !== null && 'factory' in content && !('stages' in content);

/** How many tasks each suite holds; of folders, those that are there now. Null where none are there yet. */
async function suiteSizes(tasks: TaskSettings): Promise<Record<Suite, number> | null> {
  if (tasks.type === 'micropapers') return tasks;
  if (tasks.type === 'factory') return null;
  const root = packageRoot();
  const store = createFolderStore(homePaths(readEnvironment(root).home).store);
  try {
    const { suites } = await chooseFolders({ store, root }, tasks);
    return { train: suites.train.length, heldout: suites.heldout.length };
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    if (/tasks\.paths: there is no (folder|task folder)/.test(error.message)) return null;
    throw new UserError(error.message);
  }
}

/** Those of the pools that this environment would start, unless they are given. */
function slotsOf(rollout: string | undefined, judge: string | undefined): (isVirtual: boolean) => Slots {
  const given = {
    ...(rollout === undefined ? {} : { rollout: count('--rollout-slots', rollout) }),
    ...(judge === undefined ? {} : { judge: count('--judge-slots', judge) }),
  };
  return (isVirtual) => {
    const { processes, rolloutSlots, judgeSlots } = roomFor(readEnvironment(packageRoot()), isVirtual);
    return { rollout: processes.rollout * rolloutSlots, judge: processes.judge * judgeSlots, ...given };
  };
}

function count(flag: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usageError('plan', `${flag} must be a whole number from 1 (got "${text}")`);
  return Number(text);
}

/** `NAME=VALUE`, as often as it is given. */
function assumptionsOf(texts: readonly string[]): GivenAssumptions {
  const pairs = texts.map((text) => {
    const [, name, value] = /^(\w+)=([\d.]+(?:e\d+)?)$/i.exec(text) ?? [];
    if (name === undefined) throw usageError('plan', `--assume takes NAME=NUMBER (got "${text}")`);
    return [name, Number(value)] as const;
  });
  const given = Object.fromEntries(pairs);
  const unknown = Object.keys(given).find((name) => !(ASSUMPTION_NAMES as string[]).includes(name));
  if (unknown !== undefined)
    throw usageError('plan', `--assume knows no ${unknown}; there is ${ASSUMPTION_NAMES.join(', ')}`);
  const parsed = recipeAssumptions.safeParse(given);
  if (!parsed.success) throw usageError('plan', `--assume ${describeIssues(parsed.error, given)}`);
  return parsed.data;
}
