import { isDeepStrictEqual } from 'node:util';
import { type StagePlan, stagePlan } from '../../core/manifest.ts';
import { keys, rolloutId } from '../../core/names.ts';
import type { RolloutRecord } from '../../core/record.ts';
import type { RolloutStage } from '../../core/stages.ts';
import { addSummary, stageBoard } from '../../core/board.ts';
import type { StageStatus } from '../../core/status.ts';
import { readTuned, type Tuned } from '../agent/knobs.ts';
import { invalidInput } from '../failures.ts';
import { summarise } from '../judge.ts';
import { manifestHash } from '../manifest-hash.ts';
import { readRecord } from '../record-outcome.ts';
import type { Store } from '../store.ts';
import { atNoCost, readAdopted } from './adopted.ts';
import { readSuite } from './prepare-tasks.ts';

/** How many rollouts one execution of a stage starts; its names stay far below 64 KiB. */
const PAGE = 1000;

export interface PlanStageInput {
  run: string;
  stage: RolloutStage;
  /** Plans a replacement for each planned rollout that ended without a score. */
  replace: boolean;
}

export interface PlannedStage {
  /** What has come of the plan so far. */
  counts: Pick<StageStatus, 'planned' | 'scored' | 'infraFailed' | 'cancelled' | 'meanScore' | 'cost'>;
  pending: { task: string; member: number }[];
  /** Whether there is more than one execution can play. */
  more: boolean;
  /** What an operator has tuned in an earlier execution; not there in histories of before it was kept. */
  tuned?: Tuned;
}

/** What is left to play of a stage: its plan less what the store has a record of. The store, not the server, is the truth. */
export async function planStage(store: Store, input: PlanStageInput): Promise<PlannedStage> {
  const { run, stage } = input;
  const before = await readPlan(store, run, stage.name);
  const checkpointSha256 = await checkedCheckpoint(store, input, before);
  const records = await readRecords(store, input, before?.planned ?? []);
  const plan = await extend(store, { input, before, records, checkpointSha256 });
  const board = stageBoard(stage.name, null);
  const adopted = new Set((await readAdopted(store, run, stage.name))?.rollouts);
  for (const record of records.values()) {
    const summary = summarise(record);
    addSummary(board, adopted.has(record.rollout) ? atNoCost(summary) : summary);
  }
  const pending = plan.planned.filter((entry) => !records.has(idOf(input, entry)));
  const { scored, infraFailed, cancelled, meanScore, cost } = board;
  return {
    counts: { planned: plan.planned.length, scored, infraFailed, cancelled, meanScore, cost },
    pending: pending.slice(0, PAGE),
    more: pending.length > PAGE,
    tuned: readTuned(store.path(keys.knobs(run, stage.name))),
  };
}

export async function readPlan(store: Store, run: string, stage: string): Promise<StagePlan | undefined> {
  const found = await store.readJson(planKey(run, stage));
  return found === undefined ? undefined : stagePlan.parse(found);
}

const planKey = (run: string, stage: string): string => `${keys.stage(run, stage)}/plan.json`;

type Entry = StagePlan['planned'][number];

/** The rollout's id of an entry of a plan. */
export const idOf = ({ run, stage }: { run: string; stage: RolloutStage }, { task, member }: Entry): string =>
  rolloutId({ run, stage: stage.name, step: stage.step, task, member });

/** The records that a plan's rollouts have, by id. */
export async function readRecords(
  store: Store,
  of: { run: string; stage: RolloutStage },
  planned: readonly Entry[],
): Promise<Map<string, RolloutRecord>> {
  const found = await Promise.all(planned.map((entry) => readRecord(store, idOf(of, entry))));
  return new Map(found.filter((record) => record !== undefined).map((record) => [record.rollout, record]));
}

/** What plays the plan. Refuses another checkpoint than the one that has begun to: its row would be of two policies. */
async function checkedCheckpoint(
  store: Store,
  { run, stage }: PlanStageInput,
  before: StagePlan | undefined,
): Promise<string | undefined> {
  if (stage.checkpoint === null) return undefined;
  const now = await manifestHash(store, run, stage.checkpoint);
  const then = before?.checkpointSha256;
  if (then === undefined || then === now) return now;
  const why = now === undefined ? 'is not there any more' : 'is another one by now';
  throw invalidInput(
    `stage ${stage.name} has begun to play checkpoint ${stage.checkpoint}, which ${why}: skip the stage, or begin a new run`,
  );
}

interface Extending {
  input: PlanStageInput;
  before: StagePlan | undefined;
  checkpointSha256: string | undefined;
  records: ReadonlyMap<string, RolloutRecord>;
}

/** The plan as it stands, with members added where too few are scored or still to be played. */
async function extend(store: Store, { input, before, records, checkpointSha256 }: Extending): Promise<StagePlan> {
  if (before && !input.replace) return before;
  const { run, stage } = input;
  const planned = [...(before?.planned ?? [])];
  for (const task of (await readSuite(store, run, stage.suite)).slice(0, stage.papers)) {
    const members = planned.filter((entry) => entry.task === task);
    const lost = members.filter((entry) => (records.get(idOf(input, entry))?.outcome ?? 'scored') !== 'scored').length;
    for (let member = members.length; member < stage.rolloutsPerTask + lost; member += 1)
      planned.push({ task, member });
  }
  const plan = { planned, ...(checkpointSha256 === undefined ? {} : { checkpointSha256 }) };
  if (!isDeepStrictEqual(plan, before)) await store.writeJson(planKey(run, stage.name), plan);
  return plan;
}
