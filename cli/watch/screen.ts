import { readable } from '../../core/duration.ts';
import type { RunStatus, StageStatus } from '../../core/status.ts';
import { askedOf, doneOf, lossOf, scoreOf, secondsLeft, secondsOf } from './figures.ts';

const BAR = 24;

/** The live view of a run, line by line. */
export function screen(status: RunStatus, { ui, at }: { ui: string; at: number }): string[] {
  const width = Math.max(...status.stages.map(({ name }) => name.length), 5);
  return [
    `${status.run}  ${status.state}${status.waitsFor ? `: ${status.waitsFor}` : ''}`,
    ...status.stages.map((stage) => row(stage, width, at)),
    `${ui}/namespaces/default/workflows/${status.run}   Ctrl-C leaves the run resumable`,
  ];
}

function row(stage: StageStatus, width: number, at: number): string {
  const name = stage.name.padEnd(width);
  if (stage.startedAt === null) return `  ${name}  ${stage.state}`;
  const left = secondsLeft(stage, at);
  const parts = [
    `${doneOf(stage)}/${askedOf(stage)}`.padStart(9),
    lossOf(stage),
    stage.meanScore === null ? '' : `mean ${scoreOf(stage.meanScore)}`,
    stage.infraFailed > 0 ? `${stage.infraFailed} infra-failed` : '',
    stage.cancelled > 0 ? `${stage.cancelled} cancelled` : '',
    stage.inFlight > 0 ? `${stage.inFlight} in flight` : '',
    stage.endedAt === null ? '' : `${stage.state} in ${readable(secondsOf(stage, at))}`,
    left === null ? '' : `about ${readable(left)} left`,
  ];
  return `  ${name}  ${bar(stage)} ${parts.filter((part) => part !== '').join('  ')}`;
}

function bar(stage: StageStatus): string {
  const asked = askedOf(stage);
  const full = asked === 0 ? 0 : Math.round((doneOf(stage) / asked) * BAR);
  return '█'.repeat(full) + '░'.repeat(BAR - full);
}
