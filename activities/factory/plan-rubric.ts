import type { Drop } from '../../core/factory/drop.ts';
import type { FactorySettings } from '../../core/factory/factory-settings.ts';
import { dropByFilters } from '../../core/factory/filters.ts';
import { provenHardware } from '../../core/factory/hardware.ts';
import type { PaperCost } from '../../core/factory/outcome.ts';
import type { PaperPlace } from '../../core/factory/paper.ts';
import type { Building } from '../../core/rubric-builder/answers.ts';
import { buildFrom } from '../../core/rubric-builder/build.ts';
import { checkRubric } from '../../core/rubric-builder/checks.ts';
import { leavesOf } from '../../core/rubric-builder/draft.ts';
import type { CheckResult } from '../../core/rubric-builder/finding.ts';
import { nextCalls } from '../../core/rubric-builder/plan.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import type { Store } from '../store.ts';
import { readAnswers, type Answers } from './calls.ts';
import type { Material } from './material.ts';
import type { FactoryCall } from './question.ts';

/** A call with its place in the order of all of its paper's calls. */
export interface NumberedCall extends FactoryCall {
  number: number;
  /** The call sees the rubric that so many answers have made. */
  after: number;
}

/** Where a paper's rubric stands and what is to be asked next. */
export interface RubricPlan {
  /** None where the rubric is finished, or the paper dropped. */
  calls: NumberedCall[];
  drop: Drop | null;
  answered: number;
  leaves: number;
  cost: PaperCost;
}

/** A rubric as some answers make it. */
export interface Standing {
  built: Building;
  /** Made at the first look. */
  checks(): CheckResult[];
}

interface Making {
  material: Material;
  settings: FactorySettings;
}

export function standingOf(answers: Answers, { material, settings }: Making): Standing {
  const built = buildFrom(answers.answered);
  let made: CheckResult[] | undefined;
  const checks = (): CheckResult[] =>
    (made ??= checkRubric(built.draft, { sources: material.sources, settings: settings.rubric }));
  return { built, checks };
}

/**
 * What comes next, from the answers alone: whoever asks, and however often, is told the same. Calls that were planned together stay
 * planned until all of them are answered, so that a question never depends on what a crash left behind.
 */
export async function planRubric(store: Store, place: PaperPlace, of: Making): Promise<RubricPlan> {
  const answers = await readAnswers(store, place);
  const standing = standingOf(answers, of);
  const drop = dropOf(place, answers, of);
  return {
    calls: drop ? [] : await plannedCalls(store, place, { answers, standing, settings: of.settings }),
    drop,
    answered: answers.calls.length,
    leaves: leavesOf(standing.built.draft.root).length,
    cost: answers.cost,
  };
}

interface Planning {
  answers: Answers;
  standing: Standing;
  settings: FactorySettings;
}

async function plannedCalls(store: Store, place: PaperPlace, planning: Planning): Promise<NumberedCall[]> {
  const answered = new Set(planning.answers.calls.map(({ name }) => name));
  const planned = ((await store.readJson(taskKeys.plan(place))) ?? []) as NumberedCall[];
  const open = planned.filter(({ name }) => !answered.has(name));
  if (open.length > 0) return open;
  const after = planned.reduce((most, { number }) => Math.max(most, number + 1), 0);
  const calls = callsOf(planning).map((call, index) => ({ ...call, number: after + index, after }));
  if (calls.length > 0) await store.writeJson(taskKeys.plan(place), calls);
  return calls;
}

function callsOf({ answers, standing: { built, checks }, settings }: Planning): FactoryCall[] {
  const asksHardware = settings.filters.some(({ filter }) => filter === 'hardware');
  if (asksHardware && answers.hardware === undefined) return [{ name: 'hardware', kind: 'hardware' }];
  const answered = new Set(answers.calls.map(({ name }) => name));
  return nextCalls(built, { checks, settings: settings.rubric, answered });
}

/** Why the paper is given up now: it needs what nobody has, or it has cost enough. */
function dropOf({ paper }: PaperPlace, { hardware, cost }: Answers, { material, settings }: Making): Drop | null {
  const { record, markdown } = material;
  if (hardware) {
    const facts = { fields: record, hardware: provenHardware(hardware, markdown) };
    const dropped = dropByFilters(
      settings.filters.filter(({ filter }) => filter === 'hardware'),
      paper,
      facts,
    );
    if (dropped) return dropped;
  }
  const { paperUsd } = settings.budget;
  if (cost.usd <= paperUsd) return null;
  const reason = `its calls cost $${cost.usd.toFixed(2)}, more than the $${paperUsd.toFixed(2)} a paper may`;
  return { paper, step: 'budget', rule: 'paperUsd', reason, evidence: null };
}
