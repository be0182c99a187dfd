import { condition, log, setHandler, workflowInfo } from '@temporalio/workflow';
import type { AdmissionSettings } from '../core/admission-settings.ts';
import type { Gate } from '../core/admission.ts';
import { addSummary, stageBoard, type StageBoard } from '../core/board.ts';
import type { StepFacts } from '../core/curriculum.ts';
import { parseRolloutId, stageId } from '../core/names.ts';
import type { Artifact } from '../core/record.ts';
import { inFlight, membersOf, noteEnd, type Member, type RlState } from '../core/rl-state.ts';
import type { RolloutReport } from '../core/rollout-report.ts';
import type { RlStage } from '../core/stages.ts';
import type { Tuning } from '../core/tuning.ts';
import type { Tuned } from '../activities/agent/knobs.ts';
import { admissions } from './admission.ts';
import { providerRefused, reasonOf, tooFewScored } from './failures.ts';
import { inTurn } from './in-turn.ts';
import {
  approveStageSignal,
  pauseStageSignal,
  resumeStageSignal,
  rolloutEndedSignal,
  rolloutRefusedSignal,
  stageStatusQuery,
  tuneStageSignal,
  type Refused,
} from './messages.ts';
import { bookkeeping, stageKeeping } from './proxies.ts';
import { meterOf, type Meter } from './rl-meter.ts';
import { spendingOf, type Spending } from './spending.ts';
import { showState } from './search-attributes.ts';
import { take } from './tuned.ts';

export interface RlStageInput {
  run: string;
  /** As an operator may have tuned it. */
  stage: RlStage;
  recipe: Artifact;
  heartbeat: string;
  gpus: number;
  maxInfraFailedShare: number;
  admission: AdmissionSettings;
  /** None where the recipe sets no budget. */
  spending?: Spending | undefined;
  /** Ends what an execution that failed has left in flight, and closes the ledger. */
  close?: boolean;
  /** Set where the stage goes on in a new execution. */
  carried?: Carried;
}

/** What goes from one execution to the next: names, numbers and counts. */
export interface Carried {
  state: RlState;
  facts: StepFacts[];
  board: StageBoard;
  gate: Gate;
  approved: boolean;
  /** What the last update took; none where there was none. */
  jobSeconds?: number;
  /** What an operator has tuned. */
  tuned?: Tuned;
}

/** Everything that handlers change while a step is made. */
export interface RlDesk extends Omit<RlStageInput, 'carried' | 'spending'>, Omit<Carried, 'gate'> {
  gate: ReturnType<typeof admissions>;
  spending: ReturnType<typeof spendingOf>;
  meter: Meter;
  /** Reports that came in so far, and of them in this step those of failed machines. */
  heard: number;
  failed: number;
  /** Rollouts of this step that were lost to whatever it was. */
  lost: number;
  /** Reports that came before it was known where the stage stands. */
  early: RolloutReport[] | null;
  /** Set when too many machines failed. */
  broken: Error | null;
  /** Set when a provider refuses what a person must mend. */
  refused: Error | null;
  /** Writes the knobs down, after what is being written already. */
  noteKnobs(): Promise<void>;
}

const nowhere = (): RlState => ({ done: 0, checkpoint: '', groups: [], rounds: 0 });

/** Listens for operators and for rollouts that report, from the first moment of an execution on. */
export function takeDesk({ carried, spending, ...input }: RlStageInput): RlDesk {
  const { run, stage } = input;
  const board = carried?.board ?? stageBoard(stage.name, workflowInfo().startTime.toISOString());
  const desk: Omit<RlDesk, 'gate' | 'noteKnobs'> & Partial<RlDesk> = {
    ...input,
    state: carried?.state ?? nowhere(),
    facts: carried?.facts ?? [],
    approved: carried?.approved ?? false,
    board,
    spending: spendingOf(spending, board),
    ...(carried?.jobSeconds === undefined ? {} : { jobSeconds: carried.jobSeconds }),
    ...(carried?.tuned === undefined ? {} : { tuned: carried.tuned }),
    meter: meterOf(carried ? inFlight(carried.state) : 0),
    heard: 0,
    failed: 0,
    lost: 0,
    early: carried ? null : [],
    broken: null,
    refused: null,
  };
  desk.gate = admissions({
    stage: stageId(run, stage.name),
    flow: stage,
    settings: input.admission,
    inFlight: { has: (rollout) => isPlaying(desk.state, memberOf(rollout)) },
    show: (waiting) => void (board.waitingForJudge = waiting),
    gate: carried?.gate,
  });
  desk.noteKnobs = inTurn(() => writeKnobs(desk as RlDesk));
  listen(desk as RlDesk);
  return desk as RlDesk;
}

function listen(desk: RlDesk): void {
  const say = async (change: () => void): Promise<void> => {
    change();
    try {
      await desk.noteKnobs();
    } catch (error) {
      // A stage is not ended by what it could not write: an operator says it again, and one that is cut is to close its ledger.
      log.warn('the knobs were not set', { stage: desk.stage.name, reason: reasonOf(error) });
    }
  };
  setHandler(stageStatusQuery, () => desk.board, { description: 'counts, scores and cost of this stage' });
  setHandler(pauseStageSignal, () => say(() => (desk.board.state = 'paused')), {
    description: 'rollouts stop after their turn',
  });
  setHandler(resumeStageSignal, () => say(() => (desk.board.state = 'running')), { description: 'rollouts go on' });
  const tuneStage = async (tuning: Tuning): Promise<void> => {
    // Steps are counted from where the stage stands.
    if (desk.early) await condition(() => !desk.early);
    await say(() => tune(desk, tuning));
  };
  setHandler(tuneStageSignal, tuneStage, {
    description: 'other limits from now on, for rollouts in flight too',
  });
  setHandler(approveStageSignal, () => void (desk.approved = true), {
    description: 'the step that is being made is the last',
  });
  setHandler(rolloutRefusedSignal, (refused) => hearRefusal(desk, refused), {
    description: 'a provider refuses a rollout of this stage, and would refuse the others',
  });
  setHandler(rolloutEndedSignal, (report) => hear(desk, report), { description: 'a rollout of this stage has ended' });
}

/** One that knows only of a stage that has parked since is told to go on by this one, whose key is mended. */
function hearRefusal(desk: RlDesk, { why, stageRun = ownRun() }: Refused): void {
  if (stageRun === ownRun()) desk.refused ??= providerRefused(why);
}

/** What tells this stage from the one of the same name that was parked. */
export const ownRun = (): string => workflowInfo().firstExecutionRunId;

function tune(desk: RlDesk, { timeout, concurrency, judgeQueue, steps }: Tuning): void {
  const given = { timeout, concurrency, judgeQueue, steps: steps && desk.state.done + steps };
  const tuned = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Tuned;
  desk.tuned = { ...desk.tuned, ...tuned };
  take(desk, tuned);
  log.info('the stage is tuned', { timeout, concurrency, judgeQueue, steps });
}

/** What rollouts in flight look at before each turn; where they may go on, those that had let go are told. */
async function writeKnobs(desk: RlDesk): Promise<void> {
  const { run, stage } = desk;
  const paused = desk.board.state === 'paused';
  await bookkeeping().setKnobs({ run, stage: stage.name, knobs: { timeout: stage.timeout, ...desk.tuned, paused } });
  showState(desk.board.state);
  const members = playing(desk.state);
  if (paused || members.length === 0) return;
  await stageKeeping().resumeRollouts({ run, stage: stage.name, members, stageRun: ownRun() });
}

/** Takes a report in, once, however often and in whatever order it comes. */
export function hear(desk: RlDesk, report: RolloutReport): void {
  if (desk.early) {
    desk.early.push(report);
    return;
  }
  const isScored = report.outcome === 'scored';
  if (!noteEnd(desk.state, memberOf(report.rollout), isScored)) return;
  desk.heard += 1;
  desk.gate.ended(report.rollout);
  desk.meter.ended(report.playedAt);
  addSummary(desk.board, report);
  desk.spending.note(report);
  desk.board.inFlight = inFlight(desk.state);
  if (isScored) return;
  desk.lost += 1;
  if (report.outcome === 'infra-failed') desk.failed += 1;
  const { rolloutsPerTask, tasksPerStep } = desk.stage;
  const wanted = rolloutsPerTask * tasksPerStep;
  // Fewer than a group's are replaced in any case: in a small batch one failure is a large share.
  const bearable = Math.max(rolloutsPerTask, desk.maxInfraFailedShare * wanted);
  if (desk.failed > bearable) desk.broken = tooFewScored(desk.failed, wanted);
}

/** Rollouts that have been admitted and have not reported. */
export const playing = ({ groups }: RlState): Member[] =>
  groups.flatMap(({ step, task, playing }) => playing.map((member) => ({ step, task, member })));

/** How many rollouts may be in flight: as slots, the judge and the budget allow. */
export const places = ({ gate, spending }: RlDesk): number => spending.room(gate.places());

/** How many rollouts a stage has ever admitted, of the groups that are not trained. */
export const admitted = ({ groups }: RlState): number =>
  groups.reduce((sum, group) => sum + membersOf(group).length - group.waiting.length, 0);

function memberOf(rollout: string): Member {
  const { step, task, member } = parseRolloutId(rollout);
  return { step: Number(step), task, member };
}

const isPlaying = ({ groups }: RlState, { step, task, member }: Member): boolean =>
  groups.some((group) => group.step === step && group.task === task && group.playing.includes(member));
