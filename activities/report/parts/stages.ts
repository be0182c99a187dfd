import { readable } from '../../../core/duration.ts';
import type { Report, StageReport } from '../../../core/report.ts';
import { colourOfEnd, kindsOf } from '../charts/colours.ts';
import { stackedBars } from '../charts/stacked-bars.ts';
import { markup, type Markup } from '../markup.ts';
import { score, whole } from '../numbers.ts';
import { table, type Column } from '../table.ts';

const COLUMNS: Column<StageReport>[] = [
  { title: 'stage', cell: (stage) => stage.name },
  { title: 'state', cell: (stage) => markup`<span class="state ${stage.state}">${stage.state}</span>` },
  { title: 'time', number: true, cell: (stage) => readable(stage.seconds) },
  { title: 'planned', number: true, cell: (stage) => played(stage, stage.planned) },
  { title: 'scored', number: true, cell: scored },
  { title: 'infra-failed', number: true, cell: (stage) => played(stage, stage.infraFailed) },
  { title: 'cancelled', number: true, cell: (stage) => played(stage, stage.cancelled) },
  { title: 'mean score', number: true, cell: (stage) => score(stage.meanScore) },
  { title: 'ends', cell: (stage) => endsBar(stage.ends) },
];

/** What became of every stage, and how its rollouts ended. */
export function stagesPart({ stages }: Pick<Report, 'stages'>): Markup {
  const body =
    stages.length > 0
      ? [table('Rollouts, stage by stage', COLUMNS, stages), endsFigure(stages)]
      : markup`<p>No stage has ended.</p>`;
  return markup`<section aria-labelledby="stages">
<h2 id="stages">Stages</h2>
${body}
</section>
`;
}

/** Scored rollouts, with what is short of those asked for, and what a distillation kept of them. */
function scored(stage: StageReport): Markup {
  const { scored, wanted, accepted, dropped = {} } = stage;
  const leftOut = Object.entries(dropped).map(([why, count]) => `${count} ${why}`);
  const missing = scored < wanted ? markup`<small>of ${whole(wanted)} wanted</small>` : null;
  const kept =
    accepted === undefined
      ? null
      : markup`<small title="left out: ${leftOut.join(', ') || 'none'}">${whole(accepted)} accepted</small>`;
  return markup`${played(stage, scored)}${missing}${kept}`;
}

/** A count of rollouts; a dash for a stage that plays none. */
const played = ({ planned, wanted }: StageReport, count: number): string =>
  planned + wanted === 0 ? '–' : whole(count);

/** The shares of the kinds of end as one small bar; the words are there for those who do not see it, and as its title. */
function endsBar(ends: StageReport['ends']): Markup {
  const kinds = kindsOf([ends]);
  const total = kinds.reduce((sum, kind) => sum + (ends[kind] ?? 0), 0);
  if (total === 0) return markup`–`;
  const words = kinds.map((kind) => `${ends[kind]} ${kind}`).join(', ');
  let at = 0;
  const pieces = kinds.map((kind) => {
    const [x, width] = [at, (100 * (ends[kind] ?? 0)) / total];
    at += width;
    return markup`<rect x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="10" fill="${colourOfEnd(kind)}"/>`;
  });
  return markup`<svg class="ends" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${words}"><title>${words}</title>${pieces}</svg>`;
}

function endsFigure(stages: readonly StageReport[]): Markup {
  const withEnds = stages.filter((stage) => Object.keys(stage.ends).length > 0);
  if (withEnds.length === 0) return markup``;
  const series = kindsOf(withEnds.map((stage) => stage.ends)).map((kind) => ({
    name: kind,
    colour: colourOfEnd(kind),
    values: withEnds.map((stage) => stage.ends[kind] ?? 0),
  }));
  const names = withEnds.map((stage) => stage.name);
  const label = 'How rollouts ended, by stage';
  return markup`<figure>${stackedBars({ label, axis: 'share of the stage’s rollouts', names, series, shares: true })}
<figcaption>${label}. A rollout is judged as it stands, however it ends; what failed or was cancelled has no score.</figcaption></figure>`;
}
