import { readable } from '../../../core/duration.ts';
import { closes } from '../../../core/ledger.ts';
import type { Report } from '../../../core/report.ts';
import { markup, type Markup } from '../markup.ts';
import { whole } from '../numbers.ts';

/** The run and its recipe. */
export function headPart({ run, recipe }: Pick<Report, 'run' | 'recipe'>): Markup {
  return markup`<header>
<p class="kind">Longhaul training run</p>
<h1>${run}</h1>
<p class="recipe">recipe <strong>${recipe.name}</strong>
<code title="SHA-256 of the recipe as it was given">${recipe.hash}</code></p>
</header>
`;
}

/** The few figures that one looks for first. */
export function figuresPart({ ledger, stages, cost }: Pick<Report, 'ledger' | 'stages' | 'cost'>): Markup {
  const completed = stages.filter((stage) => stage.state === 'completed').length;
  const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const figures = [
    figure('stages completed', `${completed} of ${stages.length}`),
    figure('rollouts scored', `${whole(ledger.scored)} of ${whole(ledger.planned)}`),
    figure('ledger', closes(ledger) ? 'closes' : 'does not close'),
    figure('stage times, added up', readable(seconds)),
    figure('paid for models', `$${cost.usd.toFixed(2)}`),
  ];
  return markup`<dl class="figures">${figures}</dl>
`;
}

const figure = (name: string, value: string): Markup => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`;
