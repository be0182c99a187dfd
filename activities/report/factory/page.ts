import type { FactoryReport } from '../../../core/factory/factory-report.ts';
import type { FunnelStep } from '../../../core/factory/drop.ts';
import type { Outcome } from '../../../core/factory/outcome.ts';
import { markup, type Markup } from '../markup.ts';
import { counted, whole } from '../numbers.ts';
import { pageOf } from '../shell.ts';
import { table, type Column } from '../table.ts';

/** `factory.html`: the funnel, and every paper with what became of it. */
export function factoryPage(report: FactoryReport): string {
  return pageOf({
    title: `${report.run} · papers`,
    head: markup`<header>
<p class="kind">Research-Factory</p>
<h1>${report.run}</h1>
</header>
`,
    parts: [figures(report), funnel(report.funnel), papers(report.papers)],
    footer: markup`Every figure is computed from the outcomes in the run’s folder; <code>factory.json</code> beside this page holds
them for programs.`,
  });
}

function figures({ found, open, papers, cost }: FactoryReport): Markup {
  const of = (outcome: Outcome['outcome']): string => whole(papers.filter((paper) => paper.outcome === outcome).length);
  const leaves = papers.reduce((sum, paper) => sum + paper.leaves, 0);
  const all: [string, string][] = [
    ['papers found', whole(found)],
    ['tasks made', of('made')],
    ['leaves', whole(leaves)],
    ['dropped', of('dropped')],
    ['failed', of('failed')],
    ['not finished', whole(open)],
    ['paid', `$${cost.paid.toFixed(2)}`],
  ];
  return markup`<dl class="figures">${all.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
`;
}

const STEPS: Column<FunnelStep>[] = [
  { title: 'step', cell: ({ step }) => step },
  { title: 'entered', number: true, cell: ({ entered }) => whole(entered) },
  { title: 'dropped', number: true, cell: ({ dropped }) => whole(dropped) },
  {
    title: 'by',
    cell: ({ rules }) =>
      Object.entries(rules)
        .map(([rule, count]) => `${rule} ${count}`)
        .join(', ') || '–',
  },
];

const funnel = (steps: readonly FunnelStep[]): Markup => markup`<section aria-labelledby="funnel">
<h2 id="funnel">Funnel</h2>
${table('Papers that entered each step, and those that it dropped', STEPS, steps)}
</section>
`;

const PAPERS: Column<Outcome>[] = [
  { title: 'paper', cell: ({ paper }) => markup`<a href="papers/${paper}/paper.html">${paper}</a>` },
  { title: 'outcome', cell: ({ outcome, drop }) => (drop ? `${outcome}: ${drop.step}` : outcome) },
  { title: 'leaves', number: true, cell: ({ leaves }) => (leaves > 0 ? whole(leaves) : '–') },
  { title: 'calls', number: true, cell: ({ cost }) => whole(cost.calls) },
  { title: 'cost', number: true, cell: ({ cost }) => `$${cost.usd.toFixed(2)}` },
  { title: 'why', cell: ({ drop, reason }) => markup`<span class="wrap">${drop?.reason ?? reason ?? ''}</span>` },
];

const papers = (outcomes: readonly Outcome[]): Markup => markup`<section aria-labelledby="papers">
<h2 id="papers">Papers</h2>
${outcomes.length === 0 ? markup`<p>No paper has come to its end.</p>` : table(`${counted(outcomes.length, 'paper')} and what became of them`, PAPERS, outcomes)}
</section>
`;
