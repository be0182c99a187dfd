import { percent, signed } from '../activities/report/numbers.ts';
import { readable } from '../core/duration.ts';
import type { Report } from '../core/report.ts';
import { rlFigures } from '../core/rl-figures.ts';
import { textTable } from './text-table.ts';

/** The report as a person reads it in a terminal: ledger, stages, evaluations, cost, and what to know before believing them. */
export function finalTable(report: Report): string {
  const { ledger, cost } = report;
  const stages = report.stages.map((stage) => [
    stage.name,
    stage.state,
    `${stage.scored}/${stage.planned}`,
    number(stage.meanScore),
    stage.accepted === undefined ? '' : `${stage.accepted} accepted`,
    readable(stage.seconds),
  ]);
  const evaluations = report.evaluations.map((row) => [
    row.policy,
    row.suite,
    String(row.n),
    row.mean === null ? '–' : `${number(row.mean)}${row.stderr === null ? '' : ` ± ${number(row.stderr)}`}`,
    row.gain?.mean == null ? '' : `${signed(row.gain.mean, row.gain.stderr)} over ${row.gain.over}`,
    row.turns === null ? '–' : row.turns.toFixed(1),
    row.seconds === null ? '–' : readable(row.seconds),
  ]);
  return [
    ...textTable(['stage', 'state', 'scored', 'mean', '', 'took'], stages),
    '',
    ...rlTable(report),
    ...textTable(['policy', 'suite', 'n', 'score', 'gain', 'turns', 'rollout'], evaluations),
    '',
    `${ledger.planned} rollouts planned = ${ledger.scored} scored + ${ledger.infraFailed} infra-failed + ${ledger.cancelled} cancelled`,
    `${cost.usd.toFixed(2)} USD, ${cost.inputTokens + cost.outputTokens} tokens, ${readable(cost.sandboxSeconds)} of sandboxes`,
    ...report.notes.map((note) => `Note: ${note}`),
  ].join('\n');
}

/** The RL stages, with a line between them and what follows; nothing where there was none. */
function rlTable({ stages }: Report): string[] {
  const rows = stages.flatMap(({ name, rl }) => {
    if (!rl) return [];
    const { firstScore, lastScore, flat, groups, utilisation } = rlFigures(rl);
    const score = `${number(firstScore)} → ${number(lastScore)}`;
    return [[name, String(rl.steps.length), rl.endedBy, score, `${flat} of ${groups}`, percent(utilisation)]];
  });
  if (rows.length === 0) return [];
  return [...textTable(['rl', 'steps', 'ended by', 'score of the batch', 'flat groups', 'slots in use'], rows), ''];
}

const number = (value: number | null): string => (value === null ? '–' : value.toFixed(3));
