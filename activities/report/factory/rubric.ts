import type { NodeEvidence, Provenance } from '../../../core/factory/provenance.ts';
import { isLeaf, type RubricNode } from '../../../core/rubric/node.ts';
import { markup, type Markup } from '../markup.ts';
import { percent } from '../numbers.ts';

/** The rubric as a tree: what each node asks for, what share of the score it decides, and what it rests on. */
export function rubricPart({ rubric, provenance }: { rubric: RubricNode; provenance: Provenance }): Markup {
  return markup`<section aria-labelledby="rubric">
<h2 id="rubric">Rubric</h2>
<ul class="tree">${nodePart(rubric, { share: 1, provenance })}</ul>
</section>
`;
}

function nodePart(node: RubricNode, at: { share: number; provenance: Provenance }): Markup {
  const known = at.provenance.rubric.nodes[node.id];
  const sum = node.sub_tasks.reduce((total, child) => total + child.weight, 0);
  const children = node.sub_tasks.map((child) => {
    const share = sum === 0 ? 0 : (at.share * child.weight) / sum;
    return nodePart(child, { ...at, share });
  });
  const kind = isLeaf(node)
    ? markup`<small>${node.task_category ?? ''} · ${node.finegrained_task_category ?? ''}</small>`
    : markup``;
  const quotes = (known?.evidence ?? []).map(quotePart);
  return markup`<li id="node-${node.id}"><b>${known?.path === '' ? '' : (known?.path ?? 'edited')}</b> ${node.requirements}
<span class="metric">${percent(at.share)}</span> ${kind}${quotes}${children.length > 0 ? markup`<ul>${children}</ul>` : markup``}</li>
`;
}

/** A quote with its place: a line of `paper.md`, or of a file of the official code. */
function quotePart({ source, file, quote, line }: NodeEvidence): Markup {
  const where = source === 'paper' ? 'paper.md' : (file ?? 'the code');
  const place = line === null ? `${where}, not found` : `${where}:${line}`;
  return markup`<blockquote><q>${quote}</q> <cite><code>${place}</code></cite></blockquote>`;
}
