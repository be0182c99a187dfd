import { readable } from '../../core/duration.ts';
import type { RunStatus, StageStatus } from '../../core/status.ts';
import { askedOf, doneOf, lossOf, scoreOf, secondsOf } from './figures.ts';

/** Progress is worth a line at each of these shares of a stage. */
const STEPS = 4;

/** What is worth a line between two looks at a run, where there is no terminal to draw on. */
export function newLines(before: RunStatus | undefined, now: RunStatus, at: number = Date.now()): string[] {
  const stages = now.stages.flatMap((stage) => {
    const earlier = before?.stages.find(({ name }) => name === stage.name);
    return stageLines(earlier, stage, at);
  });
  if (now.state === before?.state && now.waitsFor === before.waitsFor) return stages;
  if (now.state === 'running' && before === undefined) return stages;
  const why = now.waitsFor ? `: ${now.waitsFor}` : '';
  return [...stages, `${now.run} is ${now.state}${why}`];
}

function stageLines(before: StageStatus | undefined, now: StageStatus, at: number): string[] {
  const begun = now.startedAt !== null && (before?.startedAt ?? null) === null;
  const ended = now.endedAt !== null && (before?.endedAt ?? null) === null;
  const lines = begun ? [`${now.name} begins`] : [];
  if (ended) return [...lines, `${now.name} is ${now.state}: ${figures(now)} in ${readable(secondsOf(now, at))}`];
  if (share(now) > (before ? share(before) : 0)) lines.push(`${now.name}: ${figures(now)}`);
  return lines;
}

const share = (stage: StageStatus): number =>
  askedOf(stage) === 0 ? 0 : Math.floor((doneOf(stage) / askedOf(stage)) * STEPS);

function figures(stage: StageStatus): string {
  const { scored, planned, infraFailed, cancelled, meanScore, training, papers } = stage;
  if (papers) {
    const taken = papers.takenOver ? `, ${papers.takenOver} taken over` : '';
    return `${papers.made} tasks of ${papers.found} papers, ${papers.dropped} dropped${taken}`;
  }
  if (training) return [`step ${training.step} of ${training.steps}`, lossOf(stage)].filter(Boolean).join(', ');
  return [
    `${scored} of ${planned} scored`,
    ...(meanScore === null ? [] : [`mean ${scoreOf(meanScore)}`]),
    ...(infraFailed > 0 ? [`${infraFailed} infra-failed`] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
  ].join(', ');
}
