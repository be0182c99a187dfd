import type { StageStatus } from '../../core/status.ts';

/** Rollouts that have come to an end, or steps of a training job. */
export const doneOf = (stage: StageStatus): number =>
  stage.training?.step ?? papersDone(stage) ?? stage.scored + stage.infraFailed + stage.cancelled;

/** Papers of the factory that have come to an end; undefined for other stages. */
const papersDone = ({ papers }: StageStatus): number | undefined =>
  papers && papers.made + papers.dropped + papers.failed + papers.cancelled;

/** Rollouts planned, or steps asked for. */
export const askedOf = (stage: StageStatus): number => stage.training?.steps ?? stage.papers?.found ?? stage.planned;

export const scoreOf = (score: number): string => score.toFixed(3);

/** Seconds that a stage has taken so far, or took. */
export function secondsOf({ startedAt, endedAt }: StageStatus, at: number): number {
  if (startedAt === null) return 0;
  return ((endedAt === null ? at : Date.parse(endedAt)) - Date.parse(startedAt)) / 1000;
}

/** Seconds left of a running stage at its pace so far; null where there is none yet. */
export function secondsLeft(stage: StageStatus, at: number): number | null {
  const done = doneOf(stage);
  if (stage.state !== 'running' || done === 0) return null;
  return (secondsOf(stage, at) / done) * (askedOf(stage) - done);
}

/** The loss of a training job, empty where there is none. */
export const lossOf = ({ training }: StageStatus): string =>
  typeof training?.loss === 'number' ? `loss ${training.loss.toFixed(3)}` : '';
