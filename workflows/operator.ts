import { CancellationScope, condition, log, patched, setHandler } from '@temporalio/workflow';
import type { StageReport } from '../core/report.ts';
import { overBudget } from '../core/budget.ts';
import { runBoard, waitingStage } from '../core/run-board.ts';
import type { RunStatus, StageStatus, State } from '../core/status.ts';
import type { TrainingReport } from '../core/training-report.ts';
import type { Adopted } from '../activities/bookkeeping/adopt-run.ts';
import type { StartedRun } from '../activities/bookkeeping/start-run.ts';
import type { Notice } from '../activities/notify.ts';
import { aborted, budgetReached } from './failures.ts';
import { tell } from './notify.ts';
import type { Spending } from './spending.ts';
import { takeDecisions } from './decisions.ts';
import { bookkeeping } from './proxies.ts';
import { boardOf, markBegun, newDesk, setState, show, showDetails, stageOf, type DeskState } from './desk.ts';
import { progressSignal, statusQuery } from './messages.ts';

/** Where an operator meets a run: its status, and the decisions that it waits for. */
export type Desk = ReturnType<typeof operatorDesk>;

export function operatorDesk(run: string) {
  const desk = newDesk(run);
  setHandler(statusQuery, () => boardOf(desk), { description: 'where the run stands, as one JSON object' });
  setHandler(progressSignal, (progress) => noteProgress(desk, progress), {
    description: 'figures of the running stage',
  });
  takeDecisions(desk);
  return {
    state: desk as Readonly<DeskState>,
    expect(stages: readonly { name: string }[], started: StartedRun): void {
      const { recipe, notifies = false, approved = [] } = started;
      const { budget } = recipe;
      Object.assign(desk, { stages: stages.map(({ name }) => waitingStage(name)), budget, notifies, approved });
      show(desk);
    },
    /** A stage that was done before; what it cost this run then counts on. */
    reuse({ stage, from, report, cost }: Adopted['stages'][number]): void {
      Object.assign(stageOf(desk, stage) ?? {}, { reusedFrom: from, ...(cost && { cost }) });
      closeStage(desk, { stage, state: report.state === 'skipped' ? 'skipped' : 'completed', report });
    },
    approval: (stage: string, when: 'before' | 'after'): Promise<'approve' | 'skip'> => approval(desk, stage, when),
    startedAt: (stage: string): string => stageOf(desk, stage)?.startedAt ?? new Date().toISOString(),
    /** What a stage may spend; a budget may yet be set while it plays. */
    spending: (stage: string): Spending => ({ budget: desk.budget, before: costBeside(desk, stage) }),
    /** Throws where nothing is left to spend. */
    demandBudget(): void {
      const why = overBudget(desk.budget, boardOf(desk).cost);
      if (why !== undefined) throw budgetReached(why);
    },
    /** Once nothing is done any more that an operator has asked for. */
    settled: (): Promise<void> => condition(() => desk.overruling === 0),
    tell: (event: Notice['event'], text: string): Promise<void> => tellAll(desk, event, text),
    begin: (stage: string): Promise<void> => begin(desk, stage),
    /** A stage that plays beside the current one changes its own row of the table alone. */
    beginBeside(stage: string): void {
      markBegun(desk, stage);
      showDetails(desk);
    },
    /** Runs what skip and abort may cancel. */
    cancellable<T>(work: () => Promise<T>): Promise<T> {
      desk.scope = new CancellationScope({ cancellable: true });
      return desk.scope.run(work);
    },
    park: (stage: string, why: string): Promise<'resume' | 'skip'> => park(desk, stage, why),
    close: (stage: string, state: State, report?: StageReport): void => closeStage(desk, { stage, state, report }),
    finish(state: State): RunStatus {
      setState(desk, state);
      return boardOf(desk);
    },
  };
}

/** From a stage of the run. Whatever else is sent under this name is dropped: what a handler throws would wedge the run. */
function noteProgress(desk: DeskState, progress: StageStatus | null | undefined): void {
  const status = stageOf(desk, progress?.name ?? '');
  if (!status || !isStatus(progress)) return;
  Object.assign(status, progress);
  showDetails(desk);
  // Before this patch such a run went on saying that it runs.
  if ((waitsItself(progress) || desk.stageWaits === status.name) && patched('stage-waits')) {
    void waitWithStage(desk, progress);
  }
}

const waitsItself = ({ state, waitsFor }: StageStatus): boolean =>
  (state === 'waiting' || state === 'parked') && typeof waitsFor === 'string';

/** A stage that waits for a person by itself makes its run wait: what for, and what helps, is shown as the run's own. */
async function waitWithStage(desk: DeskState, progress: StageStatus): Promise<void> {
  const { name, state, waitsFor } = progress;
  if (desk.stageWaits === name) {
    desk.stageWaits = undefined;
    setState(desk, 'running');
  }
  if (!waitsItself(progress) || desk.state !== 'running' || desk.current !== name) return;
  desk.stageWaits = name;
  setState(desk, state, `stage ${name}: ${waitsFor}`);
  await tellAll(desk, state === 'waiting' ? 'approval' : 'parked', `stage ${name}: ${waitsFor}`);
}

const isStatus = (progress: StageStatus | null | undefined): progress is StageStatus =>
  [progress?.planned, progress?.scored, progress?.inFlight, progress?.cost?.usd].every(Number.isFinite);

const whilePaused = (desk: DeskState): Promise<void> =>
  condition(() => desk.state !== 'paused' || desk.abortReason !== undefined);

/** Waits while the run is paused, then marks the stage as begun. */
async function begin(desk: DeskState, stage: string): Promise<void> {
  await whilePaused(desk);
  // Before this patch a run that was aborted between two stages, or before the first, played on.
  if (desk.abortReason !== undefined && patched('aborted-between-stages')) throw aborted(desk.abortReason);
  Object.assign(desk, { current: stage, decision: undefined, stageWaits: undefined });
  markBegun(desk, stage);
  setState(desk, 'running');
}

/** Waits until a person approves, for as long as it takes. */
async function approval(desk: DeskState, stage: string, when: 'before' | 'after'): Promise<'approve' | 'skip'> {
  const gate = `${when} ${stage}`;
  if (!desk.approved.includes(gate)) {
    // Before this patch a gate made a run forget that it is paused.
    if (desk.state === 'paused' && patched('a-gate-waits-for-resume')) await whilePaused(desk);
    desk.gate = gate;
    desk.current = stage;
    setState(desk, 'waiting', `approval ${when} stage ${stage}`);
    await tellAll(desk, 'approval', `approval ${when} stage ${stage}`);
    await condition(() => desk.approved.includes(gate) || desk.skip === stage || desk.abortReason !== undefined);
    desk.gate = undefined;
    if (desk.abortReason !== undefined) throw aborted(desk.abortReason);
    setState(desk, 'running');
    if (patched('approvals-are-kept')) await keepApprovals(desk);
  }
  const skipped = desk.skip === stage;
  desk.skip = undefined;
  return skipped ? 'skip' : 'approve';
}

/** A run that is begun again is not to ask again. */
async function keepApprovals({ run, approved }: DeskState): Promise<void> {
  try {
    await bookkeeping().keepApprovals({ run, approved });
  } catch (error) {
    log.warn('what was approved could not be noted: a run that is begun again would ask again', {
      error: String(error),
    });
  }
}

/** What all stages but one have cost. */
const costBeside = (desk: DeskState, stage: string) =>
  runBoard(
    desk.run,
    desk.stages.filter(({ name }) => name !== stage),
    desk,
  ).cost;

async function tellAll(desk: DeskState, event: Notice['event'], text: string): Promise<void> {
  if (!desk.notifies) return;
  desk.told += 1;
  await tell({ event, stage: desk.current ?? null, text }, desk.told);
}

async function park(desk: DeskState, stage: string, why: string): Promise<'resume' | 'skip'> {
  Object.assign(desk, { current: stage, decision: undefined, stageWaits: undefined });
  const status = stageOf(desk, stage);
  if (status) status.state = 'parked';
  log.warn('the run is parked', { stage, why });
  setState(desk, 'parked', `stage ${stage} failed (${why}); waits for resume, skip or abort`);
  await tellAll(desk, 'parked', `stage ${stage}: ${why}`);
  await condition(() => desk.decision !== undefined || desk.abortReason !== undefined);
  return desk.decision ?? 'skip';
}

function closeStage(desk: DeskState, closed: { stage: string; state: State; report: StageReport | undefined }): void {
  const status = stageOf(desk, closed.stage);
  if (status) {
    const figures = closed.report ? figuresOf(closed.report) : {};
    Object.assign(status, figures, { state: closed.state, inFlight: 0, endedAt: new Date().toISOString() });
    status.cost.gpuSeconds += gpuSecondsOf(status, closed.report);
  }
  if (desk.beside.delete(closed.stage)) return showDetails(desk);
  Object.assign(desk, { skip: undefined, scope: undefined, stageWaits: undefined });
  show(desk);
}

const figuresOf = ({ planned, scored, infraFailed, cancelled, meanScore, training, papers }: StageReport) => ({
  planned,
  scored,
  infraFailed,
  cancelled,
  meanScore,
  ...(training === undefined ? {} : { training: trainedTo(training) }),
  ...(papers === undefined ? {} : { papers }),
});

/** Trainer jobs are known by what they report; a stage that was taken over cost this run nothing. */
const gpuSecondsOf = (status: StageStatus, report: StageReport | undefined): number =>
  status.reusedFrom === undefined ? (report?.training?.seconds ?? 0) : 0;

const trainedTo = ({ steps, metrics }: TrainingReport) => ({ step: steps, steps, loss: metrics.loss ?? null });
