import type { NodeEvidence, Provenance } from '../../../core/factory/provenance.ts';
import { isLeaf, leaves, type RubricNode } from '../../../core/rubric/node.ts';
import { markup, type Markup } from '../markup.ts';
import { percent } from '../numbers.ts';

/** What nodes rest on, and where the paper's text lies beside the page. */
interface Resting {
  provenance: Provenance;
  text: string;
}

/** The rubric as a tree: what each node asks for, what share of the score it decides, and what it rests on. */
export function rubricPart({ rubric, ...of }: Resting & { rubric: RubricNode }): Markup {
  const counts = [...countCategories(rubric)].map(([category, count]) => `${count} × ${category}`);
  return markup`<section aria-labelledby="rubric">
<h2 id="rubric">Rubric</h2>
<p class="about">Each percentage is the share of the score that a node decides. A leaf rests on the quotes below it; a node that is no leaf, on
its children. Leaves: ${counts.join(', ')}.</p>
<ul class="tree">${nodePart(rubric, { share: 1, ...of })}</ul>
</section>
`;
}

function countCategories(rubric: RubricNode): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { task_category: category } of leaves(rubric))
    counts.set(category ?? 'none', (counts.get(category ?? 'none') ?? 0) + 1);
  return counts;
}

function nodePart(node: RubricNode, at: Resting & { share: number }): Markup {
  const { provenance } = at;
  const known = provenance.rubric.nodes[node.id];
  const sum = node.sub_tasks.reduce((total, child) => total + child.weight, 0);
  const children = node.sub_tasks.map((child) => {
    const share = sum === 0 ? 0 : (at.share * child.weight) / sum;
    return nodePart(child, { ...at, share });
  });
  const kind = isLeaf(node)
    ? markup`<small>${node.task_category ?? ''} · ${node.finegrained_task_category ?? ''}</small>`
    : markup``;
  const quotes = (known?.evidence ?? []).map((evidence) => quotePart(evidence, at));
  const none = isLeaf(node) && quotes.length === 0 ? markup`<p class="about">${unfounded(provenance)}</p>` : markup``;
  return markup`<li id="node-${node.id}"><b>${known?.path === '' ? '' : (known?.path ?? 'edited')}</b> ${node.requirements}
<span class="metric">${percent(at.share)}</span> ${kind}${quotes}${none}${children.length > 0 ? markup`<ul>${children}</ul>` : markup``}</li>
`;
}

/** A leaf without a quote is a person's: the factory takes such leaves away. */
function unfounded({ rubric }: Provenance): string {
  const by = rubric.versions.at(-1)?.by;
  return by === undefined || by === 'factory' ? 'Rests on no quote.' : `Rests on no quote: it is ${by}’s.`;
}

/** A quote with its place: a line of `paper.md`, or of a file of the official code. */
function quotePart({ source, file, quote, line }: NodeEvidence, { provenance: { code }, text }: Resting): Markup {
  const where = source === 'paper' ? 'the paper' : `the official code, ${file ?? ''}`;
  if (line === null)
    return markup`<blockquote><q>${quote}</q> <cite>${where}, where it was not found</cite></blockquote>`;
  const place = markup`<code>${source === 'paper' ? 'paper.md' : (file ?? '')}:${line}</code>`;
  const link = source === 'paper' ? text : addressOf(code, { file, line });
  return markup`<blockquote><q>${quote}</q> <cite>${link === null ? place : markup`<a href="${link}">${place}</a>`}</cite></blockquote>`;
}

/** Where a line of the code is shown, on the hosts whose addresses are known. */
function addressOf(code: Provenance['code'], { file, line }: { file: string | null; line: number }): string | null {
  const { address, commit } = code ?? {};
  if (!address || !commit || file === null || !/^https:\/\/(?:github|gitlab)\.com\//.test(address)) return null;
  const path = file.split('/').map(encodeURIComponent).join('/');
  return `${address}${address.includes('gitlab.com') ? '/-' : ''}/blob/${commit}/${path}#L${line}`;
}
