import type { FactoryReport } from '../../../core/factory/factory-report.ts';
import { DROP_STEPS, type DropStep, type FunnelStep } from '../../../core/factory/drop.ts';
import type { Outcome } from '../../../core/factory/outcome.ts';
import { markup, type Markup } from '../markup.ts';
import { counted, whole } from '../numbers.ts';
import { pageOf } from '../shell.ts';
import { table, type Column } from '../table.ts';

/** `factory.html`: the funnel, and every paper with what became of it; of those that were kept, by what, by their names. */
export function factoryPage(report: FactoryReport, kept: ReadonlyMap<string, string>): string {
  return pageOf({
    title: `${report.run} · papers`,
    head: markup`<header>
<p class="kind">Research-Factory</p>
<h1>${report.run}</h1>
</header>
`,
    parts: [figures(report), funnel(report.funnel, report.found), papers(report.papers, kept)],
    footer: markup`Every figure is computed from the outcomes in the run’s folder; <code>factory.json</code> beside this page holds
them for programs.`,
  });
}

function figures({ found, open, papers, cost }: FactoryReport): Markup {
  const of = (outcome: Outcome['outcome']): string => whole(papers.filter((paper) => paper.outcome === outcome).length);
  const taken = papers.filter(({ from }) => from !== undefined).length;
  const leaves = papers.reduce((sum, paper) => sum + paper.leaves, 0);
  const all: [string, string][] = [
    ['papers found', whole(found)],
    ['tasks made', of('made')],
    ['leaves', whole(leaves)],
    ['dropped', of('dropped')],
    ['failed', of('failed')],
    ['not finished', whole(open)],
    ...(taken === 0 ? [] : ([['taken over', whole(taken)]] satisfies [string, string][])),
    ['paid', `$${cost.paid.toFixed(2)}`],
  ];
  return markup`<dl class="figures">${all.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
`;
}

/** What a paper must be to pass each step. */
const PASSES: Record<DropStep, string> = {
  duplicate: 'told once',
  metadata: 'of the venue, years, citations and licence that are wanted',
  conversion: 'readable at all',
  text: 'of the language, length and quality that are wanted',
  code: 'with official code that can be had',
  decontamination: 'no evaluation paper, nor alike to one',
  hardware: 'possible on ordinary hardware',
  rubric: 'with a rubric that passes its checks, its review and the dry judging',
  budget: 'no dearer than it may be',
};

const STEPS = (found: number): Column<FunnelStep>[] => [
  { title: 'step', cell: ({ step }) => markup`${step} <small>${PASSES[step]}</small>` },
  { title: 'entered', number: true, cell: ({ entered }) => whole(entered) },
  { title: 'dropped', number: true, cell: ({ dropped }) => whole(dropped) },
  { title: 'left', number: true, cell: ({ entered, dropped }) => whole(entered - dropped) },
  {
    title: 'of all',
    cell: ({ entered, dropped }) => markup`<span class="bar" style="--share:${bar(entered - dropped, found)}"></span>`,
  },
  {
    title: 'by',
    cell: ({ rules }) =>
      Object.entries(rules)
        .map(([rule, count]) => `${rule} ${count}`)
        .join(', ') || '–',
  },
];

/** Papers that several sources tell of are one from the start: that step drops none of its own. */
const canDrop = ({ step, dropped }: FunnelStep): boolean => step !== 'duplicate' || dropped > 0;

const bar = (left: number, found: number): string => (found === 0 ? 0 : left / found).toFixed(4);

const funnel = (steps: readonly FunnelStep[], found: number): Markup => markup`<section aria-labelledby="funnel">
<h2 id="funnel">Funnel</h2>
${table('Papers that entered each step, and those that it dropped', STEPS(found), steps.filter(canDrop))}
</section>
`;

const PAPERS = (kept: ReadonlyMap<string, string>): Column<Outcome>[] => [
  {
    title: 'paper',
    cell: ({ paper, title }) =>
      markup`<span class="wrap"><a href="papers/${paper}/paper.html">${title}</a> <small>${paper}</small></span>`,
  },
  {
    title: 'outcome',
    cell: ({ outcome, drop }) =>
      markup`<span class="state ${STATE[outcome]}">${drop ? `${outcome}: ${drop.step}` : outcome}</span>`,
  },
  {
    title: 'why',
    cell: ({ paper, drop, reason }) =>
      markup`<span class="wrap">${drop?.reason ?? reason ?? kept.get(paper) ?? ''}</span>`,
  },
  { title: 'leaves', number: true, cell: ({ leaves }) => (leaves > 0 ? whole(leaves) : '–') },
  { title: 'calls', number: true, cell: ({ cost }) => whole(cost.calls) },
  { title: 'cost', number: true, cell: ({ cost }) => `$${cost.usd.toFixed(2)}` },
];
const STATE: Record<Outcome['outcome'], string> = {
  made: 'completed',
  dropped: 'dropped',
  failed: 'cancelled',
  cancelled: 'cancelled',
};

/** What was made, then what was dropped in the order of the steps, then what is tried again. */
const rank = ({ outcome, drop }: Outcome): number =>
  outcome === 'made' ? -1 : drop ? DROP_STEPS.indexOf(drop.step) : DROP_STEPS.length;

const papers = (
  outcomes: readonly Outcome[],
  kept: ReadonlyMap<string, string>,
): Markup => markup`<section aria-labelledby="papers">
<h2 id="papers">Papers</h2>
${
  outcomes.length === 0
    ? markup`<p>No paper has come to its end.</p>`
    : table(
        `${counted(outcomes.length, 'paper')} and what became of them`,
        PAPERS(kept),
        outcomes.toSorted((one, other) => rank(one) - rank(other)),
      )
}
</section>
`;
