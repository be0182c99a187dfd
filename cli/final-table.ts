import { readable } from '../core/duration.ts';
import type { Report } from '../core/report.ts';
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
    row.turns === null ? '–' : row.turns.toFixed(1),
    row.seconds === null ? '–' : readable(row.seconds),
  ]);
  return [
    ...textTable(['stage', 'state', 'scored', 'mean', '', 'took'], stages),
    '',
    ...textTable(['policy', 'suite', 'n', 'score', 'turns', 'rollout'], evaluations),
    '',
    `${ledger.planned} rollouts planned = ${ledger.scored} scored + ${ledger.infraFailed} infra-failed + ${ledger.cancelled} cancelled`,
    `${cost.usd.toFixed(2)} USD, ${cost.inputTokens + cost.outputTokens} tokens, ${readable(cost.sandboxSeconds)} of sandboxes`,
    ...report.notes.map((note) => `Note: ${note}`),
  ].join('\n');
}

const number = (value: number | null): string => (value === null ? '–' : value.toFixed(3));
