import type { Report } from '../../../core/report.ts';
import { markup, type Markup } from '../markup.ts';

/** What a reader must know before believing a figure; nothing where there is nothing to know. */
export function notesPart({ notes }: Pick<Report, 'notes'>): Markup {
  if (notes.length === 0) return markup``;
  return markup`<section class="notes" aria-labelledby="notes">
<h2 id="notes">Know this first</h2>
<ul>${notes.map((note) => markup`<li>${note}</li>`)}</ul>
</section>
`;
}
