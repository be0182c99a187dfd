import { readable } from '../../../core/duration.ts';
import type { Evaluation, Report } from '../../../core/report.ts';
import { barsWithErrors } from '../charts/bars-with-errors.ts';
import { markup, type Markup } from '../markup.ts';
import { score, signed, whole, withError } from '../numbers.ts';
import { table, type Column } from '../table.ts';

const COLUMNS: Column<Evaluation>[] = [
  { title: 'policy', cell: (row) => row.policy },
  { title: 'n', number: true, cell: (row) => whole(row.n) },
  { title: 'score', number: true, cell: scored },
  { title: 'gain', number: true, cell: gain },
  { title: 'turns', number: true, cell: (row) => row.turns?.toFixed(1) ?? '–' },
  { title: 'active time', number: true, cell: (row) => (row.seconds === null ? '–' : readable(row.seconds)) },
];

/** Every policy's score, suite by suite: the table and the same figures drawn. */
export function evaluationsPart({ evaluations }: Pick<Report, 'evaluations'>): Markup {
  const suites = [...new Set(evaluations.map((row) => row.suite))];
  const body =
    suites.length > 0 ? suites.map((suite) => suitePart(suite, evaluations)) : markup`<p>Nothing was evaluated.</p>`;
  return markup`<section aria-labelledby="evaluations">
<h2 id="evaluations">Evaluations</h2>
<p class="about">Mean score of the scored rollouts ± its standard error; turns and active time are means of a rollout. A
gain is over the checkpoint that this one was trained from, paper by paper where both played the same ones.</p>
${body}
</section>
`;
}

function suitePart(suite: string, evaluations: readonly Evaluation[]): Markup {
  const rows = evaluations.filter((row) => row.suite === suite);
  const bars = rows.map(({ policy, mean, stderr }) => ({ name: policy, value: mean, error: stderr }));
  const best = rows.reduce((highest, row) => Math.max(highest, row.mean ?? 0), 0);
  const caption = `Scores on the suite “${suite}”`;
  return markup`<div class="pair">
${table(caption, COLUMNS, rows)}
<figure>${barsWithErrors({ label: caption, axis: 'score, mean ± standard error', bars, max: 1 })}
<figcaption>${sentence(suite, rows, best)}</figcaption></figure>
</div>
`;
}

/** Beside it what PaperBench would say, where that differs, and how many score 0 for a violation. */
function scored({ mean, stderr, paperbench, violations }: Evaluation): Markup {
  const theirs =
    paperbench && markup`<small>${withError(paperbench.mean, paperbench.stderr)} as PaperBench counts</small>`;
  const zero = violations === undefined ? null : markup`<small>${whole(violations)} violated the blacklist</small>`;
  return markup`${withError(mean, stderr)}${theirs ?? null}${zero}`;
}

/** What training gained over the checkpoint that it began with. */
function gain({ gain: found }: Evaluation): string | Markup {
  if (found === undefined || found.mean === null) return '';
  return markup`${signed(found.mean, found.stderr)}<small>over ${found.over}</small>`;
}

function sentence(suite: string, rows: readonly Evaluation[], best: number): string {
  const first = rows.find((row) => row.mean === best);
  if (!first || best === 0) return `No policy scored on ${suite}.`;
  return `Highest on ${suite}: ${first.policy} with ${score(first.mean)}, over ${first.n} rollouts.`;
}
