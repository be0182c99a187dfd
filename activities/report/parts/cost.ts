import { readable } from '../../../core/duration.ts';
import type { Report } from '../../../core/report.ts';
import { markup, type Markup } from '../markup.ts';
import { whole } from '../numbers.ts';
import { table, type Column } from '../table.ts';

const COLUMNS: Column<[string, string]>[] = [
  { title: 'what', cell: ([name]) => name },
  { title: 'amount', number: true, cell: ([, amount]) => amount },
];

/** What the run's rollouts used, over all stages. */
export function costPart({ cost }: Pick<Report, 'cost'>): Markup {
  const rows: [string, string][] = [
    ['paid for models', `$${cost.usd.toFixed(2)}`],
    ['input tokens', whole(cost.inputTokens)],
    ['output tokens', whole(cost.outputTokens)],
    ['sandboxes held', readable(cost.sandboxSeconds)],
  ];
  return markup`<section aria-labelledby="cost">
<h2 id="cost">Cost</h2>
${table('What the rollouts used', COLUMNS, rows)}
</section>
`;
}
