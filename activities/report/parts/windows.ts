import type { Report, WindowsReport } from '../../../core/report.ts';
import { histogram } from '../charts/histogram.ts';
import { windowsPicture } from '../charts/windows-picture.ts';
import { markup, type Markup } from '../markup.ts';

/** How the trajectories of each training stage became windows, and one of them drawn; nothing where none was split. */
export function windowsPart({ windows = [] }: Pick<Report, 'windows'>): Markup {
  if (windows.length === 0) return markup``;
  return markup`<section aria-labelledby="windows">
<h2 id="windows">Windows</h2>
<p class="about">A trajectory longer than the context is cut into windows: the pinned prefix, then consecutive turns. Turns that are
carried over are context and pale; what is trained is strong where the policy wrote and lighter where it was answered.</p>
${windows.map(ofStage)}
</section>
`;
}

function ofStage({ stage, trajectories, leftOut, rowsPerTrajectory, example }: WindowsReport): Markup {
  const bins = Object.entries(rowsPerTrajectory).map(([rows, count]) => ({
    from: Number(rows),
    to: Number(rows) + 1,
    count,
  }));
  const counted = histogram({
    label: `Windows per trajectory of ${stage}`,
    axes: { x: 'windows', y: 'trajectories' },
    bins: bins.toSorted((a, b) => a.from - b.from),
  });
  const drawn = example
    ? markup`<figure>${windowsPicture(example)}<figcaption>${example.rollout}</figcaption></figure>`
    : markup``;
  const caption = `${stage}: ${trajectories} trajectories, ${leftOut} left out because a turn was too long`;
  return markup`<figure>${counted}<figcaption>${caption}</figcaption></figure>
${drawn}`;
}
