import type { CodeResult } from '../../../core/factory/code.ts';
import type { Conversion } from '../../../core/factory/conversion.ts';
import type { Decontamination } from '../../../core/factory/decontamination.ts';
import type { DropStep } from '../../../core/factory/drop.ts';
import type { FilterLine } from '../../../core/factory/filter-words.ts';
import type { Outcome } from '../../../core/factory/outcome.ts';
import type { PaperRecord } from '../../../core/factory/paper.ts';
import type { Provenance } from '../../../core/factory/provenance.ts';
import type { RubricNode } from '../../../core/rubric/node.ts';
import { markup, type Markup } from '../markup.ts';
import { whole } from '../numbers.ts';
import { pageOf } from '../shell.ts';
import { table, type Column } from '../table.ts';
import { checksPart, keptWords, reviewsPart } from './checks.ts';
import { rubricPart } from './rubric.ts';

/** Everything that is known of one paper, as far as it came. */
export interface PaperView {
  record: PaperRecord;
  outcome: Outcome;
  conversion: Conversion | null;
  code: Pick<CodeResult, 'code' | 'tried'> | null;
  decontamination: Decontamination | null;
  /** What the recipe's filters wanted, and what they found. */
  filters: readonly FilterLine[];
  /** Of a paper whose task was written. */
  task: { rubric: RubricNode; provenance: Provenance } | null;
}

/** `paper.html`: why a paper was kept or dropped, and what each leaf of its rubric rests on. */
export function paperPage(view: PaperView): string {
  const { record, task } = view;
  return pageOf({
    title: record.id,
    head: markup`<header>
<p class="kind">Research-Factory · paper</p>
<h1>${record.title}</h1>
<p class="recipe"><strong>${record.id}</strong> ${[record.authors.join(', '), record.venue ?? '', record.year ?? ''].filter((part) => part !== '').join(' · ')}</p>
</header>
`,
    parts: [
      verdict(view.outcome, task ? keptWords(task.provenance) : ''),
      steps(view),
      filtersPart(view.filters),
      ...(task
        ? [checksPart(task.provenance), reviewsPart(task.provenance), rubricPart({ ...task, text: textOf(view) })]
        : []),
    ],
    footer: markup`<code>provenance.json</code> in the task’s folder holds all this for programs. <a href="../../factory.html">All papers</a>`,
  });
}

/** The task's own text, published or as a draft, from beside the page. */
const textOf = ({ outcome, record }: PaperView): string =>
  outcome.outcome === 'made' ? `../../factory/${record.id}/paper.md` : 'task/paper.md';

function verdict({ outcome, drop, reason, leaves, cost, from }: Outcome, kept: string): Markup {
  const made = `A task with ${whole(leaves)} leaves was made`;
  const sentence = outcome === 'made' ? made : `${SAID[outcome]}: ${drop?.reason ?? reason ?? ''}`;
  const at = drop ? markup` (${drop.step}, ${drop.rule})` : markup``;
  const evidence = drop?.evidence ? evidencePart(drop.evidence, drop.step) : markup``;
  const why = outcome === 'made' ? markup`<p class="about">${kept}</p>` : markup``;
  const paid = `${whole(cost.calls)} calls for $${cost.usd.toFixed(2)}, of which $${cost.paid.toFixed(2)} were paid in this run`;
  return markup`<section aria-labelledby="verdict">
<h2 id="verdict">Outcome</h2>
<p class="verdict ${outcome === 'made' ? 'closes' : 'open'}">${sentence}${at}.</p>
${evidence}${why}<p class="about">${paid}${from === undefined ? '' : `; taken over from the run ${from}`}.</p>
</section>
`;
}

/** What was found in a rubric, line by line; of everything else a quote. */
const evidencePart = (evidence: string, step: DropStep): Markup =>
  step === 'rubric'
    ? markup`<ul class="about">${evidence.split('\n').map((line) => markup`<li>${line}</li>`)}</ul>`
    : markup`<p class="about"><q>${evidence}</q></p>`;

const SAID: Record<Exclude<Outcome['outcome'], 'made'>, string> = {
  dropped: 'Dropped',
  failed: 'Failed for a reason of infrastructure; it is tried again when the run goes on',
  cancelled: 'Cancelled; it is tried again when the run goes on',
};

function steps({ record, conversion, code, decontamination }: PaperView): Markup {
  const items = [
    ...record.sightings.map(({ source, from, missing }) =>
      item(`found by ${source}`, missing.length > 0 ? `${from}, without ${missing.join(', ')}` : from),
    ),
    item('text', conversion === null ? 'not converted' : conversionText(conversion)),
    item('code', code === null ? 'not looked for' : codeWords(code)),
    item('evaluation papers', decontamination === null ? 'not compared' : contaminationWords(decontamination)),
  ];
  return markup`<section aria-labelledby="steps">
<h2 id="steps">How it came in</h2>
<ul>${items}</ul>
</section>
`;
}

const FILTERS: Column<FilterLine>[] = [
  { title: 'filter', cell: ({ filter }) => filter },
  { title: 'wants', cell: ({ wants }) => markup`<span class="wrap">${wants}</span>` },
  { title: 'found', cell: ({ found }) => markup`<span class="wrap">${found}</span>` },
  { title: 'so the paper is', cell: ({ verdict }) => FILTERED[verdict] },
];
const FILTERED = { pass: 'kept', drop: 'dropped', later: 'not asked' } as const;

const filtersPart = (filters: readonly FilterLine[]): Markup =>
  filters.length === 0
    ? markup``
    : markup`<section aria-labelledby="filters">
<h2 id="filters">Filters</h2>
${table('What the recipe wants of a paper', FILTERS, filters)}
</section>
`;

const item = (name: string, text: string): Markup => markup`<li><strong>${name}</strong>: ${text}</li>`;

function conversionText({ converter, pages, words, quality, notes }: Conversion): string {
  const flags = [
    `${(quality.unreadable * 100).toFixed(2)} % unreadable`,
    `${quality.tables} tables, ${quality.figures} figures, ${quality.equations} equations`,
    ...(quality.missingSections.length > 0 ? [`no heading for ${quality.missingSections.join(', ')}`] : []),
    ...notes,
  ];
  return `${pages} pages, ${whole(words)} words by ${converter}; ${flags.join('; ')}`;
}

function codeWords({ code, tried }: Pick<CodeResult, 'code' | 'tried'>): string {
  const failed = tried.map(({ address, reason }) => `${address} (${reason})`).join('; ');
  if (code) return `${code.address} at ${code.commit.slice(0, 12)}, ${whole(code.files)} files`;
  return failed === '' ? 'none was found' : `none could be had: ${failed}`;
}

function contaminationWords({ matches, nearest, protected: count }: Decontamination): string {
  const told = (one: Decontamination['nearest'][number]): string =>
    `${one.with} by ${one.kind}, ${one.similarity.toFixed(3)} of ${one.threshold}`;
  if (matches.length > 0) return `it is one: ${matches.map(told).join('; ')}`;
  const near = nearest.length > 0 ? `; nearest: ${nearest.map(told).join('; ')}` : '';
  return `none of ${whole(count)} is alike${near}`;
}
