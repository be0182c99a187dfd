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

/** Every rollout that a stage has ever admitted, by round, task and number. */
export async function readPlanned(store: Store, name: StageName): Promise<Member[]> {
  const planned: Member[] = [];
  for (let step = 1; ; step += 1) {
    const { groups } = await readPlan(store, name, step);
    if (groups.length === 0) return planned;
    for (const { task, members } of groups) {
      for (let member = 0; member < members; member += 1) planned.push({ step, task, member });
    }
  }
}

/** The rollout's id of a group's member. */
export const idOf = ({ run, stage }: StageName, { step, task, member }: Member): string =>
  rolloutId({ run, stage, step: String(step), task, member });
