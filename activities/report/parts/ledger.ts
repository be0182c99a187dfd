import { closes } from '../../../core/ledger.ts';
import type { Report } from '../../../core/report.ts';
import type { Counts } from '../../../core/status.ts';
import { markup, type Markup } from '../markup.ts';
import { counted, whole } from '../numbers.ts';

/** Whether every planned rollout is accounted for, said in words. */
export function ledgerPart({ ledger }: Pick<Report, 'ledger'>): Markup {
  return markup`<section aria-labelledby="ledger">
<h2 id="ledger">Ledger</h2>
<p class="verdict ${closes(ledger) ? 'closes' : 'open'}">${ledgerSentence(ledger)}</p>
</section>
`;
}

/** The ledger's arithmetic as a sentence: it closes, or by how many rollouts it does not. */
export function ledgerSentence(ledger: Counts): string {
  const { planned, scored, infraFailed, cancelled } = ledger;
  const found = scored + infraFailed + cancelled;
  const parts = `${whole(scored)} scored + ${whole(infraFailed)} infra-failed + ${whole(cancelled)} cancelled`;
  if (closes(ledger)) return `The ledger closes: ${counted(planned, 'rollout')} planned = ${parts}.`;
  const missing = planned - found;
  const why = missing > 0 ? 'without an outcome' : 'that nobody planned';
  return `The ledger does not close: ${counted(planned, 'rollout')} planned, but ${parts} make ${whole(found)}; ${counted(Math.abs(missing), 'rollout')} ${why}.`;
}
