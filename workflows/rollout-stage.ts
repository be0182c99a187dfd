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
  workflowInfo,
} from '@temporalio/workflow';
import { addSummary, type StageBoard, stageBoard } from '../core/board.ts';
import { rolloutId, stageId, type RolloutPlace } from '../core/names.ts';
import type { PlannedStage } from '../activities/bookkeeping/plan-stage.ts';
import type { RolloutSummary } from '../activities/judge.ts';
import type { StageReport } from '../core/report.ts';
import { admissions } from './admission.ts';
import { tooFewScored } from './failures.ts';
import { progressSignal } from './messages.ts';
import { bookkeeping } from './proxies.ts';
import type { rollout, RolloutInput } from './rollout.ts';
import { isRefused, refusals } from './refusals.ts';
import { rolloutAttributes } from './search-attributes.ts';
import { startWhenFree } from './start-when-free.ts';
import { spendingOf, type Spending } from './spending.ts';
import type { StageInput } from './stage-input.ts';
import { listen } from './stage-knobs.ts';
import { take } from './tuned.ts';

/** What is there for as long as the rollouts of a page play. */
export type WhilePlaying = <T>(play: () => Promise<T>) => Promise<T>;

/**
 * Rollouts of a plan, played in a window of `concurrency`, a page of them in one execution; the stage ends with its ledger closed,
 * however it ends.
 */
export async function playStage(
  input: StageInput,
  whilePlaying: WhilePlaying = (play) => play(),
): Promise<StageReport> {
  const page = await whilePlaying(() => playPage(input));
  return 'goesOn' in page ? goOn(input, page) : page;
}

/** Where a stage is that goes on in another execution. */
interface Page {
  goesOn: true;
  board: StageBoard;
  spending(): Spending | undefined;
}

const boardOf = ({ board, stage }: StageInput): StageBoard =>
  board ?? stageBoard(stage.name, workflowInfo().startTime.toISOString());

/** Closes the ledger of a stage that is cancelled before it has begun to play. */
export const closeUnplayed = (input: StageInput): Promise<StageReport> => close(input, boardOf(input), 'cancelled');

async function playPage(input: StageInput): Promise<StageReport | Page> {
  const board = boardOf(input);
  const inFlight = new Set<string>();
  const noteKnobs = listen(input, board, inFlight);
  try {
    const page = await playPlan(input, board, { inFlight, noteKnobs });
    if (page) {
      if (patched('a-stage-that-fails-says-where-it-is')) await signalRun(board);
      return page;
    }
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

/** Whoever was told to end while the page was being put away does not go on: the next execution would know nothing of it. */
async function goOn(input: StageInput, { board, spending }: Page): Promise<StageReport> {
  try {
    await condition(allHandlersFinished);
  } catch (error) {
    await CancellationScope.nonCancellable(() => close(input, board, 'cancelled'));
    throw error;
  }
  return continueAsNew<typeof playStage>({ ...input, board, spending: spending() });
}

/** Plays a page of the plan; gives where the stage is if there is more of it. */
async function playPlan(
  input: StageInput,
  board: StageBoard,
  { inFlight, noteKnobs }: Playing,
): Promise<Page | undefined> {
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
  if (!plan.more) return undefined;
  await condition(allHandlersFinished);
  return { goesOn: true, board, spending: spending.now };
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
