import type { Knobs } from '../agent/knobs.ts';
import type { AdoptedPart } from '../../core/manifest.ts';
import { keys } from '../../core/names.ts';
import type { RlPlan, RlStepRecord } from '../../core/rl-report.ts';
import type { Outcome } from '../../core/record.ts';
import { readRecord } from '../record-outcome.ts';
import { idOf, readPlan, plannedRounds, readSteps } from '../rl/files.ts';
import { hasWeights } from '../rl/has-weights.ts';
import type { Store } from '../store.ts';
import { adoptOutputs, stepIn } from './adopt-stage.ts';
import { adoptPart } from './adopted.ts';
import { copyText, type Moving } from './copy-renamed.ts';

type Part = Pick<AdoptedPart, 'steps' | 'rollouts'> & { plans: Record<string, RlPlan> };

/** Copies an RL stage as it stood when a step was done: its policy with what the optimiser knows, its steps and its knobs. */
export const adoptSteps = (
  store: Store,
  moving: Moving,
  { stage, step }: { stage: string; step: number },
): Promise<AdoptedPart | undefined> =>
  adoptPart(store, moving, {
    stage,
    choose: async () => {
      const steps = (await readSteps(store, { run: moving.from, stage })).slice(0, step);
      return choosePart(store, moving, { stage, steps, carries: false });
    },
    async copy(part) {
      await copySteps(store, moving, { ...part, stage });
      await copyKnobs(store, moving, { stage, leave: { paused: false, steps: undefined } });
    },
  });

/**
 * Copies what an RL stage that was cut has done: the steps whose policy is still there, and, where that is all of them, the scored
 * rollouts that are not trained yet.
 */
export const adoptUnfinishedRl = (store: Store, moving: Moving, stage: string): Promise<AdoptedPart | undefined> =>
  adoptPart(store, moving, {
    stage,
    async choose() {
      const done = await readSteps(store, { run: moving.from, stage });
      const there = [...done];
      for (let last = there.at(-1); last && !(await hasWeights(store, moving.from, last)); last = there.at(-1))
        there.pop();
      const part = await choosePart(store, moving, { stage, steps: there, carries: there.length === done.length });
      return part.steps > 0 || part.rollouts.length > 0 ? part : undefined;
    },
    async copy(part) {
      await copySteps(store, moving, { ...part, stage });
      await copyKnobs(store, moving, { stage, leave: { paused: false } });
    },
  });

interface Choosing {
  stage: string;
  steps: readonly RlStepRecord[];
  /** Whether groups that are not trained yet are taken too. */
  carries: boolean;
}

/** Of groups that were trained all that there is; of others what need not be played again. */
async function choosePart(store: Store, moving: Moving, { stage, steps, carries }: Choosing): Promise<Part> {
  const used = new Set(steps.flatMap(({ batch }) => batch.map(({ step, task }) => `${step}.${task}`)));
  const part: Part = { steps: steps.length, rollouts: [], plans: {} };
  const name = { run: moving.from, stage };
  for (const step of await plannedRounds(store, name)) {
    const groups: RlPlan['groups'] = [];
    for (const group of (await readPlan(store, name, step)).groups) {
      const isUsed = used.has(`${step}.${group.task}`);
      if (!isUsed && !carries) continue;
      const outcomes = await outcomesOf(store, moving, { stage, step, group });
      const kept = isUsed ? [...outcomes.keys()] : untrained(outcomes);
      if (kept.length === 0) continue;
      groups.push({ ...group, members: Math.max(...kept) + 1 });
      const mine = { run: moving.to, stage };
      part.rollouts.push(...kept.map((member) => idOf(mine, { step, task: group.task, member })));
    }
    if (groups.length > 0) part.plans[step] = { groups };
  }
  return part;
}

/** Scored ones, and those that a replacement was begun for; what was merely cut is played again, under its number. */
function untrained(outcomes: ReadonlyMap<number, Outcome>): number[] {
  const kept = [...outcomes].filter(([, outcome]) => outcome !== 'cancelled');
  return kept.some(([, outcome]) => outcome === 'scored') ? kept.map(([member]) => member) : [];
}

async function outcomesOf(
  store: Store,
  moving: Moving,
  { stage, step, group }: { stage: string; step: number; group: RlPlan['groups'][number] },
): Promise<Map<number, Outcome>> {
  const outcomes = new Map<number, Outcome>();
  for (let member = 0; member < group.members; member += 1) {
    const rollout = idOf({ run: moving.from, stage }, { step, task: group.task, member });
    moving.next(rollout);
    const record = await readRecord(store, rollout);
    if (record) outcomes.set(member, record.outcome);
  }
  return outcomes;
}

async function copySteps(
  store: Store,
  moving: Moving,
  { stage, ...part }: AdoptedPart & { stage: string },
): Promise<void> {
  await adoptOutputs(store, moving, (name) => {
    const step = stepIn(stage, name);
    return /^\d+$/.test(step) && Number(step) <= part.steps;
  });
  for (const [step, plan] of Object.entries(part.plans ?? {})) {
    await store.create(keys.rlPlan(moving.to, stage, Number(step)), `${JSON.stringify(plan)}\n`);
  }
  for (let step = 1; step <= part.steps; step += 1) await copyText(store, moving, `stages/${stage}/steps/${step}.json`);
}

/** What an operator had set; not that the other run was paused, or parked. How far a fork goes is for its own recipe to say. */
async function copyKnobs(
  store: Store,
  { from, to }: Moving,
  { stage, leave }: { stage: string; leave: { paused: false; steps?: undefined } },
): Promise<void> {
  const knobs = await store.readJson(keys.knobs(from, stage));
  if (knobs === undefined) return;
  await store.create(keys.knobs(to, stage), `${JSON.stringify({ ...(knobs as Knobs), ...leave })}\n`);
}
