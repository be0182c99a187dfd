import { readable } from '../core/duration.ts';
import type { IncompleteVerdict, LeafVerdict, Verdict } from '../core/record.ts';
import type { Acted, Observation, Observed, TurnRecord } from '../core/trajectory.ts';
import type { RolloutFiles } from './rollout-files.ts';

/** A rollout as a person reads it: what became of it, its turns, its verdict leaf by leaf, what it cost. */
export function describeRollout({ id, turns, record, verdict, incomplete }: RolloutFiles): string {
  const blocks = [
    `${id}\n${heading(record)}`,
    ...turns.flatMap(block),
    ...(verdict ? [describeVerdict(verdict)] : []),
    ...(incomplete ? [describeIncomplete(incomplete)] : []),
    ...(record ? [describeCost(record)] : []),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function heading(record: RolloutFiles['record']): string {
  if (!record) return 'not finished: no record yet';
  const { policy, task, outcome, reason, end, score } = record;
  return [
    `${policy} on ${task}: ${outcome}${score === undefined ? '' : ` ${score.toFixed(3)}`}${reason ? ` (${reason})` : ''}`,
    `${end === undefined ? 'did not end by itself' : END[end]} after ${record.turns} turns and ${readable(record.activeSeconds)}`,
    ...(record.unsafeSandbox ? ['played WITHOUT isolation (LONGHAUL_UNSAFE_SANDBOX=1)'] : []),
  ].join('\n');
}

const END = {
  submitted: 'submitted',
  budget: 'cut by its time budget',
  turns: 'cut by its number of turns',
  context: 'cut because nothing fitted the context',
  stalled: 'the policy would not go on',
};

function block(record: TurnRecord): string[] {
  if (record.type === 'acted') return [action(record)];
  if (record.type === 'observed') return record.observations.length > 0 ? [observations(record)] : [];
  return record.type === 'opened' && record.epoch > 1 ? [`~~~ attempt ${record.epoch} takes over ~~~`] : [];
}

function action({ turn, active, text, calls, policyVersion, waited }: Acted): string {
  const commands = calls.map(({ name, input }) => `> ${name} ${commandOf(input)}`);
  const body = [text, ...commands.filter((command) => command !== `> sh ${text}`)].filter((line) => line !== '');
  const wait = waited === undefined ? '' : `, after ${readable(waited)} of waiting for the provider`;
  return [`--- turn ${turn}, ${readable(active)} (${policyVersion})${wait} ---`, ...body].join('\n');
}

/** A command is shown as it is typed, other inputs as JSON. */
function commandOf(input: Record<string, unknown>): string {
  const { command, ...rest } = input;
  return typeof command === 'string' && Object.keys(rest).length === 0 ? command : JSON.stringify(input);
}

const observations = ({ observations: all }: Observed): string => all.map(observation).join('\n');

function observation({ output, exitCode, ended, seconds }: Observation): string {
  const how = ended === 'exit' ? `exit ${exitCode}` : ended;
  return `${output.trimEnd()}${output.trim() === '' ? '' : '\n'}[${how}, ${readable(seconds)}]`;
}

function describeVerdict({ judge, score, categories, leaves, violations = [], overruled }: Verdict): string {
  const parts = Object.entries(categories)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${value?.toFixed(3)}`);
  return [
    `verdict: ${score.toFixed(3)} by ${judge}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`,
    ...violations.map(({ entry, where, evidence }) => `  ! ${entry} is forbidden: ${where}\n      ${evidence}`),
    ...(overruled === undefined ? [] : [`  graded whatever the monitor found: ${overruled}`]),
    ...leaves.map(leafLine),
  ].join('\n');
}

function describeIncomplete({ judge, paperbench, most, leaves, unjudged }: IncompleteVerdict): string {
  const ends = `from ${paperbench.toFixed(3)} (PaperBench's convention) to ${most.toFixed(3)}`;
  return [
    `no verdict: ${unjudged.length} leaves could not be graded by ${judge}, so the score may be ${ends}`,
    ...unjudged.map(({ leaf, requirements, why }) => `  ? ${leaf}: ${requirements}\n      ${why}`),
    ...leaves.map(leafLine),
  ].join('\n');
}

const leafLine = ({ leaf, score, requirements, checked, found }: LeafVerdict): string =>
  `  ${score === 1 ? '+' : '-'} ${leaf}: ${requirements}\n      checked ${checked}\n      found   ${found}`;

function describeCost({
  usage,
  judgeUsage,
  activeSeconds,
  sandboxSeconds,
  waitedSeconds,
}: NonNullable<RolloutFiles['record']>): string {
  const { inputTokens, outputTokens, cacheReadTokens, usd } = usage;
  const tokens = `${inputTokens} tokens in (${cacheReadTokens} from the cache), ${outputTokens} out`;
  const judged = judgeUsage ? `, judged for ${judgeUsage.usd.toFixed(4)} USD` : '';
  const waited = waitedSeconds === undefined ? '' : `, ${readable(waitedSeconds)} of waiting for the provider`;
  return `cost: ${usd.toFixed(4)} USD, ${tokens}${judged}; ${readable(activeSeconds)} on its clock, ${readable(sandboxSeconds)} of a sandbox${waited}`;
}
