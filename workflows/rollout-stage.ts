import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { AdmissionSettings } from '../core/admission-settings.ts';
import { addSummary, type StageBoard, stageBoard } from '../core/board.ts';
import { rolloutId, stageId, type RolloutPlace } from '../core/names.ts';
import type { Artifact } from '../core/record.ts';
import type { RolloutStage } from '../core/stages.ts';
import type { Tuned } from '../activities/agent/knobs.ts';
import type { PlannedStage } from '../activities/bookkeeping/plan-stage.ts';
import type { RolloutSummary } from '../activities/judge.ts';
import type { StageReport } from '../core/report.ts';
import type { Tuning } from '../core/tuning.ts';
import { admissions } from './admission.ts';
import { reasonOf, tooFewScored } from './failures.ts';
import { inTurn } from './in-turn.ts';
import {
  pauseStageSignal,
  progressSignal,
  resumeRolloutSignal,
  resumeStageSignal,
  stageStatusQuery,
  tuneStageSignal,
} from './messages.ts';
import { bookkeeping } from './proxies.ts';
import type { rollout, RolloutInput } from './rollout.ts';
import { isRefused, refusals } from './refusals.ts';
import { rolloutAttributes, showState } from './search-attributes.ts';
import { startWhenFree } from './start-when-free.ts';
import { spendingOf, type Spending } from './spending.ts';
import { take } from './tuned.ts';

export interface StageInput {
  run: string;
  stage: RolloutStage;
  recipe: Artifact;
  heartbeat: string;
  gpus: number;
  maxInfraFailedShare: number;
  /** How rollouts are let in; none in a stage that was begun before there was any. */
  admission?: AdmissionSettings;
  /** None where the recipe sets no budget. */
  spending?: Spending | undefined;
  /** Set where engines that somebody else runs serve the student. */
  outside?: true;
  /** Set where the stage goes on in a new execution: what was counted so far, and what an operator has tuned. */
  board?: StageBoard;
  tuned?: Tuned;
}

/** Rollouts of a plan, played in a window of `concurrency`; the stage ends with its ledger closed, however it ends. */
export async function playStage(input: StageInput): Promise<StageReport> {
  const board = input.board ?? stageBoard(input.stage.name, workflowInfo().startTime.toISOString());
  const inFlight = new Set<string>();
  const noteKnobs = listen(input, board, inFlight);
  try {
    await playPlan(input, board, { inFlight, noteKnobs });
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => close(input, board, 'cancelled'));
    // The run is about to park, and shows what has been done and spent; before this patch the last rollouts could be missing.
    else if (patched('a-stage-that-fails-says-where-it-is')) await signalRun(board);
    throw error;
  }
  const report = await close(input, board, 'completed');
  const missing = report.wanted - report.scored;
  if (missing > input.maxInfraFailedShare * report.wanted) throw tooFewScored(missing, report.wanted);
  return report;
}

/** Returns how the knobs are written down, after what is being written already. */
function listen(input: StageInput, board: StageBoard, inFlight: Set<string>): () => Promise<void> {
  const { run, stage } = input;
  const noteKnobs = inTurn(async (paused: boolean = board.state === 'paused') => {
    await bookkeeping().setKnobs({ run, stage: stage.name, knobs: { timeout: stage.timeout, ...input.tuned, paused } });
    board.state = paused ? 'paused' : 'running';
    showState(board.state);
    if (paused) return;
    // One that has just ended needs no word.
    const told = [...inFlight].map((id) => getExternalWorkflowHandle(id).signal(resumeRolloutSignal));
    await Promise.allSettled(told);
  });
  const say = (paused: boolean): Promise<void> =>
    // An operator says it again; a stage does not end because its knobs could not be written.
    noteKnobs(paused).catch((error: unknown) =>
      log.warn('the knobs were not set', { paused, reason: reasonOf(error) }),
    );
  setHandler(stageStatusQuery, () => board, { description: 'counts, scores and cost of this stage' });
  setHandler(pauseStageSignal, () => say(true), { description: 'rollouts stop after their turn' });
  setHandler(resumeStageSignal, () => say(false), { description: 'rollouts go on' });
  const tune = ({ timeout, concurrency, judgeQueue }: Tuning): Promise<void> => {
    const given = Object.entries({ timeout, concurrency, judgeQueue }).filter(([, value]) => value !== undefined);
    const tuned = Object.fromEntries(given) as Tuned;
    input.tuned = { ...input.tuned, ...tuned };
    take(input, tuned);
    return say(board.state === 'paused');
  };
  setHandler(tuneStageSignal, tune, { description: 'other limits from now on, for rollouts in flight too' });
  return noteKnobs;
}

async function playPlan(input: StageInput, board: StageBoard, { inFlight, noteKnobs }: Playing): Promise<void> {
  const { run, stage } = input;
  const plan = await bookkeeping().planStage({ run, stage, replace: input.board === undefined });
  Object.assign(board, plan.counts);
  if (!input.board) await beginAs(input, plan, noteKnobs);
  const spending = spendingOf(input.spending, board);
  const playing: Promise<void>[] = [];
  const refused = refusals();
  const gate = admissions({
    stage: stageId(run, stage.name),
    flow: stage,
    settings: input.admission,
    inFlight,
    show: (waiting) => void (board.waitingForJudge = waiting),
  });
  for (const { task, member } of plan.pending) {
    const isOpen = (): boolean => inFlight.size < gate.places() && board.state === 'running';
    await condition(() => isOpen() || refused.any());
    if (refused.any()) break;
    await spending.letOneIn();
    const place = { run, stage: stage.name, step: stage.step, task, member };
    inFlight.add(rolloutId(place));
    board.inFlight = inFlight.size;
    const ended = (): void => {
      inFlight.delete(rolloutId(place));
      board.inFlight = inFlight.size;
      gate.ended(rolloutId(place));
    };
    const one = playOne({ ...input, admitted: gate.letIn(), note: spending.note, refused, ended }, place, board);
    // Where waiting for a place is cut, nobody is left to hear how this one ends: that must not wedge the stage.
    one.catch(() => undefined);
    playing.push(one);
  }
  await Promise.all(playing);
  refused.demandNone();
  // A drain between pages costs some idle slots once in so many rollouts, and keeps every history far from its limit.
  if (!plan.more) return;
  await condition(allHandlersFinished);
  await continueAsNew<typeof playStage>({ ...input, board, spending: spending.now() });
}

interface Playing {
  inFlight: Set<string>;
  noteKnobs(): Promise<void>;
}

/**
 * With what an operator has tuned in an earlier execution; what was tuned in this one counts more. The store may still say that the
 * stage is paused, of an execution that was: before this patch rollouts believed it, and waited.
 */
async function beginAs(input: StageInput, { tuned = {} }: PlannedStage, noteKnobs: Playing['noteKnobs']) {
  input.tuned = { ...tuned, ...input.tuned };
  take(input, input.tuned);
  if (patched('begins-with-its-own-knobs')) await noteKnobs();
}

type Admitted = StageInput & {
  admitted: Pick<RolloutInput, 'delayMs' | 'tells'>;
  refused: ReturnType<typeof refusals>;
  note(summary: RolloutSummary): void;
  ended(): void;
};

async function playOne(input: Admitted, place: RolloutPlace, board: StageBoard): Promise<void> {
  try {
    const summary = await startWhenFree(() => startRollout(input, place));
    input.note(summary);
    addSummary(board, summary);
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    if (isRefused(error)) return input.refused.note(error);
    // Cancelled or terminated by hand, alone: the stage's closing gives it its record.
    log.warn('a rollout ended without a summary', { rollout: rolloutId(place), error: String(error) });
    board.cancelled += 1;
  } finally {
    input.ended();
  }
  await tellRun(board);
}

function startRollout(input: Admitted, place: RolloutPlace): Promise<RolloutSummary> {
  const { stage, recipe, heartbeat, gpus, admitted } = input;
  const judgePriority = stage.type === 'evaluate' ? 2 : 3;
  const slotPriority = stage.alongside ? { slotPriority: 4 } : {};
  return executeChild<typeof rollout>('rollout', {
    workflowId: rolloutId(place),
    args: [
      {
        place,
        policy: stage.policy,
        timeout: stage.timeout,
        recipe,
        heartbeat,
        gpus,
        judgePriority,
        ...slotPriority,
        ...admitted,
      },
    ],
    typedSearchAttributes: rolloutAttributes(place),
    staticSummary: `${stage.policy} at ${place.task}, attempt ${place.member}`,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  });
}

/** Progress reaches the run in about twenty signals, however many rollouts there are. */
async function tellRun(board: StageBoard): Promise<void> {
  const done = board.scored + board.infraFailed + board.cancelled;
  if (done % Math.max(1, Math.ceil(board.planned / 20)) === 0) await signalRun(board);
}

async function signalRun(board: StageBoard): Promise<void> {
  const { parent } = workflowInfo();
  if (parent) await getExternalWorkflowHandle(parent.workflowId).signal(progressSignal, board);
}

/** Closes the stage's ledger; the final figures go to the run by signal, for a stage may still end as a failure. */
async function close(input: StageInput, board: StageBoard, state: 'completed' | 'cancelled'): Promise<StageReport> {
  const { workflowId, runId, startTime } = workflowInfo();
  const report = await bookkeeping().closeStage({
    run: input.run,
    stage: input.stage,
    recipe: input.recipe,
    state,
    startedAt: board.startedAt ?? startTime.toISOString(),
    workflow: { workflowId, runId },
  });
  const { planned, scored, infraFailed, cancelled, meanScore } = report;
  await signalRun(Object.assign(board, { planned, scored, infraFailed, cancelled, meanScore, inFlight: 0 }));
  return report;
}
