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
import { atNoCost, readAdopted } from '../bookkeeping/adopted.ts';
import { summarise } from '../judge.ts';
import { lostFiles } from '../lost-files.ts';
import { manifestHash } from '../manifest-hash.ts';
import { readRecord } from '../record-outcome.ts';
import type { Store } from '../store.ts';
import { idOf, plannedRounds, readPlan, readPlanned, readSteps, updateSeconds, type StageName } from './files.ts';
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
  state.groups = await openGroups(store, { name, stage, state, seed: recipe.seed }, steps);
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

interface Opening {
  name: StageName;
  stage: RlStage;
  state: RlState;
  seed: number;
}

/**
 * The groups that are not trained yet: those that were begun, and so many new ones as the rounds that are allowed have beside. They
 * are of the rounds to come; only where those do not suffice, of past rounds what was never begun. A fork's rounds may be other ones
 * than were played, and what it has too much of would never be trained: a batch that leaves something too old behind is not made.
 */
async function openGroups(
  store: Store,
  { name, stage, state, seed }: Opening,
  steps: readonly RlStepRecord[],
): Promise<Group[]> {
  const used = new Set(steps.flatMap(({ batch }) => batch.map(nameOf)));
  const begun = await begunGroups(store, { name, stage, used });
  const isKnown = new Set([...used, ...begun.map(nameOf)]);
  const rounds = await readRounds(store, { run: name.run, stage, seed }, { from: 1, to: state.rounds });
  const unplayed = rounds.flatMap(({ step, tasks }) =>
    tasks
      .filter((task) => !isKnown.has(nameOf({ step, task })))
      .map((task) => newGroup(step, task, stage.rolloutsPerTask)),
  );
  const isToCome = ({ step }: Group): boolean => step > state.done;
  const inTurn = [...unplayed.filter(isToCome), ...unplayed.filter((group) => !isToCome(group))];
  const wanted = (state.rounds - state.done) * stage.tasksPerStep - begun.length;
  return [...begun, ...inTurn.slice(0, Math.max(0, wanted))].toSorted((a, b) => a.step - b.step);
}

const nameOf = ({ step, task }: Pick<Group, 'step' | 'task'>): string => `${step}.${task}`;

/** Groups that stand in a plan and were not trained, with what became of their rollouts. */
async function begunGroups(
  store: Store,
  { name, stage, used }: Pick<Opening, 'name' | 'stage'> & { used: ReadonlySet<string> },
): Promise<Group[]> {
  const groups: Group[] = [];
  for (const step of await plannedRounds(store, name)) {
    for (const { task, members, since } of (await readPlan(store, name, step)).groups) {
      if (used.has(nameOf({ step, task }))) continue;
      const all = Array.from({ length: members }, (_, member) => idOf(name, { step, task, member }));
      const records = await Promise.all(all.map((rollout) => readRecord(store, rollout)));
      groups.push(goOn({ ...newGroup(step, task, 0), since }, records, stage.rolloutsPerTask));
    }
  }
  return groups;
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

/** What another run has done counts, but cost this one nothing. */
async function countsOf(store: Store, name: StageName, steps: readonly RlStepRecord[]): Promise<OpenedStage['counts']> {
  const board = stageBoard(name.stage, null);
  const members = await readPlanned(store, name);
  const adopted = await readAdopted(store, name.run, name.stage);
  const isAdopted = new Set(adopted?.rollouts);
  for (const member of members) {
    const record = await readRecord(store, idOf(name, member));
    if (!record) continue;
    const summary = summarise(record);
    addSummary(board, isAdopted.has(record.rollout) ? atNoCost(summary) : summary);
  }
  board.cost.gpuSeconds = updateSeconds(steps, adopted?.steps);
  const { scored, infraFailed, cancelled, meanScore, cost } = board;
  return { planned: members.length, scored, infraFailed, cancelled, meanScore, cost };
}
