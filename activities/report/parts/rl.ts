import { readable } from '../../../core/duration.ts';
import type { Report } from '../../../core/report.ts';
import { rlFigures, type RlFigures } from '../../../core/rl-figures.ts';
import type { RlReport } from '../../../core/rl-report.ts';
import { markup, type Markup } from '../markup.ts';
import { percent, score, whole } from '../numbers.ts';
import { table, type Column } from '../table.ts';
import { rlCharts } from './rl-charts.ts';

/** An RL stage under its name. */
export type RlStage = RlReport & { name: string };
type Row = RlStage & { figures: RlFigures };

const COLUMNS: Column<Row>[] = [
  { title: 'stage', cell: (row) => row.name },
  { title: 'from', cell: (row) => row.from },
  { title: 'steps', number: true, cell: ({ steps }) => whole(steps.length) },
  { title: 'ended by', cell: (row) => row.endedBy },
  {
    title: 'first → last score',
    number: true,
    cell: ({ figures }) => `${score(figures.firstScore)} → ${score(figures.lastScore)}`,
  },
  { title: 'flat groups', number: true, cell: ({ figures }) => `${whole(figures.flat)} of ${whole(figures.groups)}` },
  { title: 'lost', number: true, cell: ({ figures }) => whole(figures.lost) },
  {
    title: 'a step',
    number: true,
    cell: ({ figures }) => (figures.stepSeconds === null ? '–' : readable(figures.stepSeconds)),
  },
  { title: 'slots in use', number: true, cell: ({ figures }) => percent(figures.utilisation) },
  { title: 'trainer idle', number: true, cell: ({ figures }) => percent(figures.trainerIdle) },
];

/** What the RL stages did, step by step; nothing where there was none. */
export function rlPart({ stages, evaluations }: Pick<Report, 'stages' | 'evaluations'>): Markup {
  const trained = stages.flatMap(({ name, rl }) => (rl ? [{ ...rl, name }] : []));
  if (trained.length === 0) return markup``;
  const rows = trained.map((stage) => ({ ...stage, figures: rlFigures(stage) }));
  return markup`<section aria-labelledby="rl">
<h2 id="rl">Progressive RL</h2>
<p class="about">Scores of a step are those of its batch, at the stage’s timeout and on the papers that it learns from; diamonds are the
held-out evaluation of the checkpoint that a stage left, at the evaluation’s timeout. A flat group’s scores were all equal; a lost rollout
was replaced.</p>
${table('RL, stage by stage', COLUMNS, rows)}
${rlCharts(trained, evaluations)}
</section>
`;
}
