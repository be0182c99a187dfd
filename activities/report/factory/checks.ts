import type { DryJudging, Provenance } from '../../../core/factory/provenance.ts';
import { markup, type Markup } from '../markup.ts';
import { counted, score } from '../numbers.ts';
import { table, type Column } from '../table.ts';

type Check = Provenance['checks'][number];

const CHECKS: Column<Check>[] = [
  { title: 'check', cell: ({ check }) => check },
  { title: 'passed', cell: ({ ok }) => (ok ? 'yes' : 'no') },
  { title: 'findings', number: true, cell: ({ findings }) => findings.length },
  {
    title: 'counted',
    cell: ({ figures }) =>
      Object.entries(figures)
        .map(([name, value]) => `${name} ${rounded(value)}`)
        .join(', '),
  },
];

const rounded = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(3));

/** The checks of a rubric with all that they found, and how its dry judging went. */
export function checksPart({ checks, dryJudging, rubric }: Provenance): Markup {
  const findings = checks.flatMap(({ check, findings }) => findings.map((finding) => ({ check, ...finding })));
  return markup`<section aria-labelledby="checks">
<h2 id="checks">Checks</h2>
${table('What the rubric was checked for', CHECKS, checks)}
${details(
  checks.every(({ ok }) => ok)
    ? ['finding that was let through', 'findings that were let through']
    : ['finding', 'findings'],
  findings.map(({ check, path, problem }) => `${check}, ${path === '' ? 'the rubric' : path}: ${problem}`),
  !checks.every(({ ok }) => ok),
)}
${details(
  ['leaf taken away for want of support', 'leaves taken away for want of support'],
  rubric.pruned.map(({ path, requirements }) => `${path}: ${requirements}`),
)}
${details(
  ['left out on purpose', 'left out on purpose'],
  rubric.leftOut.map(({ item, reason }) => `${item}: ${reason}`),
)}
<p>${dryWords(dryJudging)}</p>
</section>
`;
}

/** By what a task was kept, in a line. */
export function keptWords({ checks, dryJudging, rubric }: Provenance): string {
  const passed = checks.filter(({ ok }) => ok).length;
  const { length } = rubric.reviews;
  const reviews = length === 0 ? '' : `, accepted after ${counted(length, 'review')}`;
  const lines = `${passed} of ${checks.length} checks passed${reviews}`;
  return `${lines}. ${dryWords(dryJudging)}`;
}

function dryWords({ skipped, judge, official, empty, shuffled }: DryJudging): string {
  if (judge === null) return `Dry judging: ${skipped ?? 'none'}.`;
  const note = skipped === null ? '' : ` (${skipped})`;
  return `Dry judging by ${judge}${note}: official code ${score(official)}, empty submission ${score(empty)}, shuffled code ${score(shuffled)}.`;
}

/** What the second model objected to, round by round. */
export function reviewsPart({ rubric }: Provenance): Markup {
  if (rubric.reviews.length === 0) return markup``;
  const rounds = rubric.reviews.map(({ verdict, objections }, index) => {
    const lines = objections.map(({ path, problem, blocking }) => {
      return markup`<li>${path === '' ? 'the rubric' : path}: ${problem}${blocking ? ' (must be met)' : ''}</li>`;
    });
    return markup`<p>Review ${index + 1}: ${verdict}</p><ul>${lines}</ul>`;
  });
  const versions = rubric.versions.map(
    ({ version, by, note, at }) => markup`<li>version ${version} by ${by}, ${at}${note === '' ? '' : `: ${note}`}</li>`,
  );
  return markup`<section aria-labelledby="reviews">
<h2 id="reviews">Reviews and versions</h2>
${rounds}
<ul>${versions}</ul>
</section>
`;
}

const details = ([one, more]: [one: string, more: string], lines: readonly string[], isOpen = false): Markup =>
  lines.length === 0
    ? markup``
    : markup`<details${isOpen ? markup` open` : null}><summary>${lines.length} ${lines.length === 1 ? one : more}</summary><ul>${lines.map((line) => markup`<li>${line}</li>`)}</ul></details>`;
