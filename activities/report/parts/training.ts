import { readable } from '../../../core/duration.ts';
import type { Report } from '../../../core/report.ts';
import type { TrainingReport } from '../../../core/training-report.ts';
import { markup, type Markup } from '../markup.ts';
import { short, whole } from '../numbers.ts';
import { table, type Column } from '../table.ts';

type Trained = TrainingReport & { stage: string };

const COLUMNS: Column<Trained>[] = [
  { title: 'checkpoint', cell: (row) => row.checkpoint },
  { title: 'rows', number: true, cell: (row) => whole(row.rows) },
  { title: 'trained tokens', number: true, cell: (row) => whole(row.trainedTokens) },
  { title: 'steps', number: true, cell: (row) => whole(row.steps) },
  { title: 'job', number: true, cell: (row) => readable(row.seconds) },
  { title: 'last step', cell: ({ metrics }) => markup`${Object.entries(metrics).map(metric)}` },
];

/** What the training stages did; nothing where nothing was trained. */
export function trainingPart({ stages }: Pick<Report, 'stages'>): Markup {
  const rows = stages.flatMap(({ name, training }) => (training ? [{ ...training, stage: name }] : []));
  if (rows.length === 0) return markup``;
  return markup`<section aria-labelledby="training">
<h2 id="training">Training</h2>
${table('Checkpoints, as they were made', COLUMNS, rows)}
</section>
`;
}

const metric = ([name, value]: [string, number]): Markup =>
  markup`<span class="metric">${name} <b>${short(value)}</b></span> `;
