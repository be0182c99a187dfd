import { addSummary, stageBoard } from '../../core/board.ts';
import { factsKept, type StepFacts } from '../../core/curriculum.ts';
import { keys } from '../../core/names.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { RolloutRecord } from '../../core/record.ts';
import type { RlStepRecord } from '../../core/rl-report.ts';
import { newGroup, roundsAllowed, type Group, type RlState } from '../../core/rl-state.ts';
import type { RlStage } from '../../core/stages.ts';
import type { StageStatus } from '../../core/status.ts';
import { readTuned, type Tuned } from '../agent/knobs.ts';
import { invalidInput } from '../failures.ts';
import { summarise } from '../judge.ts';
import { lostFiles } from '../lost-files.ts';
import { manifestHash } from '../manifest-hash.ts';
import { readRecord } from '../record-outcome.ts';
import type { Store } from '../store.ts';
import { idOf, readPlan, readPlanned, readSteps, type StageName } from './files.ts';
import { readRounds } from './rounds.ts';

export interface OpenedStage {
  state: RlState;
  facts: StepFacts[];
  /** What an operator has tuned in an earlier execution; not there in histories of before it was kept. */
  tuned?: Tuned;
  counts: Pick<StageStatus, 'planned' | 'scored' | 'infraFailed' | 'cancelled' | 'meanScore' | 'cost'>;
}

export interface OpenStageInput {
  run: string;
  stage: RlStage;
  /** Set where it is only opened for its ledger to be closed: it needs no weights. */
  closes?: boolean;
}

/**
 * Where a stage stands, from the store alone: at its beginning, or where an earlier execution left it. Rollouts that were admitted
 * and have no record count as playing; admitting them again does nothing to one that does.
 */
export async function openStage(
  store: Store,
  { run, stage, closes = false }: OpenStageInput,
  recipe: Recipe,
): Promise<OpenedStage> {
  const name = { run, stage: stage.name };
  const steps = await readSteps(store, name);
  const checkpoint = await checkedCheckpoint(store, { ...name, from: stage.from, closes }, steps);
  const state: RlState = { done: steps.length, checkpoint, groups: [], rounds: 0 };
  state.rounds = roundsAllowed(state, stage);
  const used = new Set(steps.flatMap(({ batch }) => batch.map(({ step, task }) => `${step}.${task}`)));
  const rounds = await readRounds(store, { run, stage, seed: recipe.seed }, { from: 1, to: state.rounds });
  for (const { step, tasks } of rounds) {
    const left = tasks.filter((task) => !used.has(`${step}.${task}`));
    if (left.length > 0) state.groups.push(...(await groupsOf(store, { name, stage, step }, left)));
  }
  const facts = steps.slice(-factsKept(stage.ends)).map(factsOf);
  const tuned = readTuned(store.path(keys.knobs(run, stage.name)));
  return { state, facts, tuned, counts: await countsOf(store, name, steps) };
}

/** What the end rules look at of a step. */
export const factsOf = ({ score, ends }: Pick<RlStepRecord, 'score' | 'ends'>): StepFacts => ({
  meanScore: score.mean,
  cutShare: score.n === 0 ? 0 : (ends['budget'] ?? 0) / score.n,
});

/** The checkpoint that the ledger says the stage is at. Refuses one that is older, another than when the step was done, or not whole. */
async function checkedCheckpoint(
  store: Store,
  { run, stage, from, closes }: StageName & { from: string; closes: boolean },
  steps: readonly RlStepRecord[],
): Promise<string> {
  const last = steps.at(-1);
  const checkpoint = last?.checkpoint ?? from;
  const found = await manifestHash(store, run, checkpoint);
  const where =
    last === undefined
      ? `stage ${stage} starts from checkpoint ${from}, which`
      : `stage ${stage} has done step ${last.step}, but its checkpoint ${checkpoint}`;
  const older = last === undefined ? '' : ': it would start from one that is older than its ledger';
  if (found === undefined) throw invalidInput(`${where} is not there${older}`);
  if (last !== undefined && found !== last.manifestSha256)
    throw invalidInput(`${where} is not the one that this step made${older}`);
  const lost = closes ? [] : await lostFiles(store, run, checkpoint);
  if (lost.length > 0) throw invalidInput(`${where} has lost ${lost.join(', ')}: put back what its manifest names`);
  return checkpoint;
}

async function groupsOf(
  store: Store,
  { name, stage, step }: { name: StageName; stage: RlStage; step: number },
  tasks: readonly string[],
): Promise<Group[]> {
  const plan = await readPlan(store, name, step);
  return Promise.all(
    tasks.map(async (task) => {
      const before = plan.groups.find((group) => group.task === task);
      if (!before) return newGroup(step, task, stage.rolloutsPerTask);
      const members = Array.from({ length: before.members }, (_, member) => ({ step, task, member }));
      const records = await Promise.all(members.map((member) => readRecord(store, idOf(name, member))));
      return goOn({ ...newGroup(step, task, 0), since: before.since }, records, stage.rolloutsPerTask);
    }),
  );
}

/** A group with what became of its members, and as many more as it lacks. */
function goOn(group: Group, records: readonly (RolloutRecord | undefined)[], wanted: number): Group {
  for (const [member, record] of records.entries()) {
    if (!record) group.playing.push(member);
    else (record.outcome === 'scored' ? group.scored : group.lost).push(member);
  }
  for (
    let next = records.length;
    group.waiting.length + group.playing.length + group.scored.length < wanted;
    next += 1
  ) {
    group.waiting.push(next);
  }
  return group;
}

async function countsOf(store: Store, name: StageName, steps: readonly RlStepRecord[]): Promise<OpenedStage['counts']> {
  const board = stageBoard(name.stage, null);
  const members = await readPlanned(store, name);
  for (const member of members) {
    const record = await readRecord(store, idOf(name, member));
    if (record) addSummary(board, summarise(record));
  }
  for (const { trained, metrics } of steps) if (trained) board.cost.gpuSeconds += metrics['seconds'] ?? 0;
  const { scored, infraFailed, cancelled, meanScore, cost } = board;
  return { planned: members.length, scored, infraFailed, cancelled, meanScore, cost };
}
