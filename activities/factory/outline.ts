import type { AddendumNote } from '../../core/rubric-builder/answers.ts';
import { depthOf, nodesOf, type DraftNode, type Evidence } from '../../core/rubric-builder/draft.ts';

/** A rubric as a model reads it: one node a line, indented, with its path. */
export function outline(root: DraftNode, show: { weights?: boolean; evidence?: boolean } = {}): string {
  return nodesOf(root)
    .flatMap((node) => [line(node, show), ...(show.evidence ? node.evidence.map((one) => quoteLine(node, one)) : [])])
    .join('\n');
}

function line({ path, requirements, category, finegrained, weight }: DraftNode, show: { weights?: boolean }): string {
  const kind = category === null ? '' : ` [${category}; ${finegrained ?? 'no fine-grained category'}]`;
  const weighs = show.weights && path !== '' ? ` (weight ${weight})` : '';
  return `${indent(path)}${path === '' ? 'root' : path}${weighs} ${requirements}${kind}`;
}

const quoteLine = ({ path }: DraftNode, { source, file, quote }: Evidence): string =>
  `${indent(path)}    ${source}${file ? ` ${file}` : ''}: "${quote}"`;

const indent = (path: string): string => '  '.repeat(depthOf(path));

/** `addendum.md`, for the one who reproduces the paper: the facts, not where they were found. */
export function addendumText(title: string, notes: readonly AddendumNote[]): string {
  const parts = notes.flatMap(({ topic, text }) => [`## ${topic}`, '', text.trim(), '']);
  const none = 'Nothing beyond the paper is needed to reproduce it.\n';
  return notes.length === 0 ? none : [`# Addendum: ${title}`, '', ...parts].join('\n');
}
