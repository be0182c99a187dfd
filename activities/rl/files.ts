import { keys, rolloutId } from '../../core/names.ts';
import { rlPlan, rlStepRecord, type RlPlan, type RlStepRecord } from '../../core/rl-report.ts';
import type { Member } from '../../core/rl-state.ts';
import type { Store } from '../store.ts';

/** An RL stage of a run, by names. */
export interface StageName {
  run: string;
  stage: string;
}

/** The steps that a stage has done, in order. */
export async function readSteps(store: Store, { run, stage }: StageName): Promise<RlStepRecord[]> {
  const steps: RlStepRecord[] = [];
  for (;;) {
    const found = await store.readJson(keys.rlStep(run, stage, steps.length + 1));
    if (found === undefined) return steps;
    steps.push(rlStepRecord.parse(found));
  }
}

/** What was ever admitted of a step's round. */
export async function readPlan(store: Store, { run, stage }: StageName, step: number): Promise<RlPlan> {
  const found = await store.readJson(keys.rlPlan(run, stage, step));
  return found === undefined ? { groups: [] } : rlPlan.parse(found);
}

/** The rounds of which anything was ever admitted, in order; a fork may have nothing of one that has something of the next. */
export async function plannedRounds(store: Store, { run, stage }: StageName): Promise<number[]> {
  const names = await store.list(`${keys.stage(run, stage)}/plan`);
  return names
    .flatMap((name) => (/^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : []))
    .toSorted((a, b) => a - b);
}

/** Every rollout that a stage has ever admitted, by round, task and number. */
export async function readPlanned(store: Store, name: StageName): Promise<Member[]> {
  const planned: Member[] = [];
  for (const step of await plannedRounds(store, name)) {
    for (const { task, members } of (await readPlan(store, name, step)).groups) {
      for (let member = 0; member < members; member += 1) planned.push({ step, task, member });
    }
  }
  return planned;
}

/** The rollout's id of a group's member. */
export const idOf = ({ run, stage }: StageName, { step, task, member }: Member): string =>
  rolloutId({ run, stage, step: String(step), task, member });

/** GPU-seconds of the updates of a stage's steps; the first ones, which another run did, cost this one nothing. */
export const updateSeconds = (steps: readonly RlStepRecord[], takenOver = 0): number =>
  steps.slice(takenOver).reduce((sum, { trained, metrics }) => sum + (trained ? (metrics['seconds'] ?? 0) : 0), 0);
