import type { Report, StageReport } from '../../../core/report.ts';
import { lineChart } from '../charts/line-chart.ts';
import { markup, type Markup } from '../markup.ts';

/** The loss of every training stage against its steps, each on axes of its own; nothing where none was recorded. */
export function lossesPart({ stages }: Pick<Report, 'stages'>): Markup {
  const curves = stages.filter((stage) => (stage.losses?.length ?? 0) > 1);
  if (curves.length === 0) return markup``;
  return markup`<section aria-labelledby="losses">
<h2 id="losses">Loss</h2>
<p class="about">Mean loss of a trained token by step, each training stage on axes of its own.</p>
<div class="grid">${curves.map(figure)}</div>
</section>
`;
}

function figure({ name, losses = [] }: StageReport): Markup {
  const points = losses.map(({ step, loss }) => ({ x: step, y: loss }));
  const chart = lineChart({
    label: `Loss of ${name}`,
    axes: { x: 'step', y: 'loss' },
    lines: [{ name, points }],
    range: { min: 0 },
    width: 380,
    height: 210,
  });
  return markup`<figure>${chart}<figcaption>${name}</figcaption></figure>`;
}
