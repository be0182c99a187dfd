import { readable } from '../core/duration.ts';
import type { Plan, PlannedWork } from '../core/plan/plan.ts';
import { textTable } from './text-table.ts';

const HEADING = [
  'stage',
  'rollouts',
  'turns',
  'tokens in',
  'out',
  'trained',
  'judged',
  'calls',
  'at least',
  'events',
  'disk',
  'cost',
];
const NUMBERS = HEADING.map((_, column) => column).slice(1);

/** A plan for a person: a line a stage, the sums, what was taken for granted, and what to know before starting. */
export function planText(plan: Plan): string {
  const { recipe, slots, stages, total, assumptions, notes } = plan;
  const rows = [...stages.map((stage) => [stage.name, ...cells(stage)]), ['in all', ...cells(total)]];
  const assumed = assumptions.map(({ name, value, from, meaning }) => [
    `  ${name}`,
    number(value),
    `(${from})`,
    meaning,
  ]);
  return [
    `${recipe}, on ${slots.rollout} rollout slots and ${slots.judge} judge slots`,
    '',
    ...textTable(HEADING, rows, NUMBERS),
    '',
    ...details(total),
    '',
    'Taken for granted (--assume NAME=NUMBER):',
    ...textTable(['', '', '', ''], assumed, [1]).slice(1),
    ...(notes.length > 0 ? ['', ...notes.map((note) => `Note: ${note}`)] : []),
    '',
  ].join('\n');
}

const cells = (work: PlannedWork): string[] => [
  amount(work.rollouts),
  amount(work.turns),
  amount(work.promptTokens),
  amount(work.outputTokens),
  amount(work.trainedTokens),
  amount(work.judgings),
  amount(work.judgeCalls),
  work.leastSeconds === 0 ? '–' : readable(work.leastSeconds),
  amount(work.events),
  bytes(work.bytes),
  work.usd === null ? '–' : dollars(work.usd),
];

/** What the table has no room for. */
function details(total: PlannedWork): string[] {
  const { promptTokens, newTokens, judgeInputTokens, judgeOutputTokens, longestHistory, leaves } = total;
  const cached = promptTokens === 0 ? 0 : 1 - newTokens / promptTokens;
  return [
    `tokens in: all prompts together, ${(100 * cached).toFixed(0)} % of them from the prompt before (a prefix cache has them)`,
    `at least: no schedule on these slots is shorter, whatever the order; stages follow each other`,
    `judging: ${amount(leaves)} leaves${judgeInputTokens > 0 ? `; models read ${amount(judgeInputTokens)} tokens and write ${amount(judgeOutputTokens)}` : ''}`,
    `longest single history: ${amount(longestHistory)} events (the server warns from 10,240 on and ends a workflow at 51,200)`,
  ];
}

/** Three digits and a unit: 1.23M; whole numbers below 10,000. */
export function amount(value: number): string {
  if (value === 0) return '–';
  if (value < 9_999.5) return String(Math.round(value));
  const [size, unit] = UNITS.find(([size]) => value >= size * 0.9995) ?? [1e3, 'k'];
  return `${threeDigits(value / size)}${unit}`;
}

/** Three digits and a unit: 1.23 MB. */
export function bytes(value: number): string {
  if (value === 0) return '–';
  const [size, unit] = UNITS.find(([size]) => value >= size * 0.9995) ?? [1e3, 'k'];
  return `${threeDigits(value / size)} ${unit}B`;
}

const UNITS: readonly [number, string][] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
];

const threeDigits = (value: number): string => value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);

const dollars = (value: number): string => (value < 9_999.5 ? `$${value.toFixed(2)}` : `$${amount(value)}`);

/** As it is, with commas between thousands. */
function number(value: number): string {
  const [whole = '', part] = String(value).split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return part === undefined ? grouped : `${grouped}.${part}`;
}
