import type { RunStatus, StageStatus } from './status.ts';

/** The run as Markdown, for the details pane of the Temporal UI. */
export function detailsOf(status: RunStatus, commands: readonly string[]): string {
  const waiting = status.waitsFor ? [`**${status.state}**: ${status.waitsFor}`, ''] : [];
  const help = commands.length > 0 ? ['', ...commands.map((command) => `    ${command}`)] : [];
  return [
    ...waiting,
    '| stage | state | rollouts | in flight | scored | infra-failed | cancelled | mean score | cost |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...status.stages.map(row),
    ...help,
  ].join('\n');
}

function row(stage: StageStatus): string {
  const score = stage.meanScore === null ? '' : stage.meanScore.toFixed(3);
  const { name, planned, inFlight, scored, infraFailed, cancelled, cost } = stage;
  const state = stage.reusedFrom === undefined ? stage.state : `${stage.state}, by ${stage.reusedFrom}`;
  return `| ${[name, state, planned, inFlight, scored, infraFailed, cancelled, score, `$${cost.usd.toFixed(2)}`].join(' | ')} |`;
}
