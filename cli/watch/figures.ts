import type { StageStatus } from '../../core/status.ts';

export const doneOf = (stage: StageStatus): number => stage.scored + stage.infraFailed + stage.cancelled;

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
  return (secondsOf(stage, at) / done) * (stage.planned - done);
}
