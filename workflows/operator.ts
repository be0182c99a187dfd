import { CancellationScope, condition, log, setHandler } from '@temporalio/workflow';
import type { StageReport } from '../core/report.ts';
import { waitingStage } from '../core/run-board.ts';
import type { RunStatus, StageStatus, State } from '../core/status.ts';
import type { TrainingReport } from '../core/training-report.ts';
import { takeDecisions } from './decisions.ts';
import { boardOf, setState, show, showDetails, stageOf, type DeskState } from './desk.ts';
import { progressSignal, statusQuery } from './messages.ts';

/** Where an operator meets a run: its status, and the decisions that it waits for. */
export type Desk = ReturnType<typeof operatorDesk>;

export function operatorDesk(run: string) {
  const desk: DeskState = {
    run,
    state: 'running',
    waitsFor: null,
    stages: [],
    current: undefined,
    decision: undefined,
    skip: undefined,
    abortReason: undefined,
    scope: undefined,
  };
  setHandler(statusQuery, () => boardOf(desk), { description: 'where the run stands, as one JSON object' });
  setHandler(progressSignal, (progress) => noteProgress(desk, progress), {
    description: 'figures of the running stage',
  });
  takeDecisions(desk);
  return {
    state: desk as Readonly<DeskState>,
    expect: (stages: string[]): void => {
      desk.stages = stages.map(waitingStage);
      show(desk);
    },
    begin: (stage: string): Promise<void> => begin(desk, stage),
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

function noteProgress(desk: DeskState, progress: StageStatus): void {
  const status = stageOf(desk, progress.name);
  if (status) Object.assign(status, progress);
  showDetails(desk);
}

/** Waits while the run is paused, then marks the stage as begun. */
async function begin(desk: DeskState, stage: string): Promise<void> {
  await condition(() => desk.state !== 'paused' || desk.abortReason !== undefined);
  desk.current = stage;
  desk.decision = undefined;
  const status = stageOf(desk, stage);
  if (status) Object.assign(status, { state: 'running', startedAt: status.startedAt ?? new Date().toISOString() });
  setState(desk, 'running');
}

async function park(desk: DeskState, stage: string, why: string): Promise<'resume' | 'skip'> {
  const status = stageOf(desk, stage);
  if (status) status.state = 'parked';
  log.warn('the run is parked', { stage, why });
  setState(desk, 'parked', `stage ${stage} failed (${why}); waits for resume, skip or abort`);
  await condition(() => desk.decision !== undefined || desk.abortReason !== undefined);
  return desk.decision ?? 'skip';
}

function closeStage(desk: DeskState, closed: { stage: string; state: State; report: StageReport | undefined }): void {
  const status = stageOf(desk, closed.stage);
  if (status) {
    const figures = closed.report ? figuresOf(closed.report) : {};
    Object.assign(status, figures, { state: closed.state, inFlight: 0, endedAt: new Date().toISOString() });
  }
  desk.skip = undefined;
  desk.scope = undefined;
  show(desk);
}

const figuresOf = ({ planned, scored, infraFailed, cancelled, meanScore, training }: StageReport) => ({
  planned,
  scored,
  infraFailed,
  cancelled,
  meanScore,
  ...(training === undefined ? {} : { training: trainedTo(training) }),
});

const trainedTo = ({ steps, metrics }: TrainingReport) => ({ step: steps, steps, loss: metrics.loss ?? null });
