import type { Report } from '../../../core/report.ts';
import { markup, type Markup } from '../markup.ts';
import { counted, whole } from '../numbers.ts';

/** What became of the papers, where the run's factory made its tasks; the whole is a page of its own. */
export function factoryPart({ stages }: Pick<Report, 'stages'>): Markup {
  const papers = stages.find((stage) => stage.papers !== undefined)?.papers;
  if (!papers) return markup``;
  const { found, made, dropped, failed, cancelled, leaves } = papers;
  const rest = [
    dropped > 0 ? `${whole(dropped)} dropped` : '',
    failed > 0 ? `${whole(failed)} failed` : '',
    cancelled > 0 ? `${whole(cancelled)} cancelled` : '',
  ].filter((part) => part !== '');
  return markup`<section aria-labelledby="factory">
<h2 id="factory">Research-Factory</h2>
<p>${counted(found, 'paper')} found, ${counted(made, 'task')} made with ${whole(leaves)} leaves${rest.length > 0 ? `; ${rest.join(', ')}` : ''}.
<a href="factory.html">Why each paper was kept or dropped</a></p>
</section>
`;
}
