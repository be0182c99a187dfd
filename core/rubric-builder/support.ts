import { isLeafOf, nodesOf, type DraftNode, type Evidence } from './draft.ts';
import { shareOf, type CheckResult, type Finding } from './finding.ts';
import { findQuote, type Quotable, type Span } from './quotes.ts';
import { wordsOf } from './similarity.ts';

/** What a rubric can be quoted from. */
export interface Sources {
  paper: Quotable;
  /** The official code, by path; empty where there is none. */
  code: ReadonlyMap<string, Quotable>;
}

/** A quote of a node and where it was found. */
export interface Support {
  path: string;
  evidence: Evidence;
  /** Of code, the file that it stands in, which need not be the one that was named. */
  file: string | null;
  span: Span | null;
}

/** Whether every leaf rests on a quote that is there, and that has to do with it. */
export function checkSupport(root: DraftNode, sources: Sources): CheckResult {
  const leaves = nodesOf(root).filter(isLeafOf);
  const findings: Finding[] = [];
  let supported = 0;
  for (const leaf of leaves) {
    const found = leaf.evidence.map((evidence) => locate(evidence, sources));
    const problem = problemOf(leaf, found);
    if (problem === undefined) supported += 1;
    else findings.push({ path: leaf.path, problem });
  }
  const figures = { leaves: leaves.length, supported, share: shareOf(supported, leaves.length) };
  return { check: 'support', ok: leaves.length > 0 && supported === leaves.length, findings, figures };
}

/** Every quote of a rubric, with its place. */
export const supportsOf = (root: DraftNode, sources: Sources): Support[] =>
  nodesOf(root).flatMap(({ path, evidence }) =>
    evidence.map((one) => ({ path, evidence: one, ...(locate(one, sources) ?? { file: null, span: null }) })),
  );

/** Leaves that rest on nothing that could be found. */
export const unsupported = (result: CheckResult): string[] => result.findings.map(({ path }) => path);

function locate(evidence: Evidence, sources: Sources): { file: string | null; span: Span } | undefined {
  if (evidence.source === 'paper') {
    const span = findQuote(sources.paper, evidence.quote);
    return span && { file: null, span };
  }
  for (const file of filesFor(evidence.file ?? '', sources.code)) {
    const text = sources.code.get(file);
    const span = text && findQuote(text, evidence.quote);
    if (span) return { file, span };
  }
  return undefined;
}

/** The file that was named first, then all others: a model knows what it read better than where. */
function filesFor(named: string, code: Sources['code']): string[] {
  const files = [...code.keys()];
  const isNamed = (file: string): boolean => file === named || (named !== '' && file.endsWith(`/${named}`));
  return [...files.filter(isNamed), ...files.filter((file) => !isNamed(file))];
}

function problemOf(leaf: DraftNode, found: readonly (object | undefined)[]): string | undefined {
  if (leaf.evidence.length === 0) return 'has no quote that it rests on';
  if (found.every((one) => one === undefined)) {
    return `rests on a quote that is not in the ${leaf.evidence[0]?.source}: "${short(leaf.evidence[0]?.quote ?? '')}"`;
  }
  const speaksOfIt = leaf.evidence.some(({ quote }, index) => found[index] !== undefined && related(leaf, quote));
  return speaksOfIt
    ? undefined
    : `rests on a quote that shares no word with it: "${short(leaf.evidence[0]?.quote ?? '')}"`;
}

/** A quote that shares neither a word nor a number with its requirement is about something else. */
function related({ requirements }: DraftNode, quote: string): boolean {
  const [requirement, quoted] = [wordsOf(spaced(requirements)), wordsOf(spaced(quote))];
  return [...requirement.stems, ...requirement.marks].some((word) => quoted.stems.has(word) || quoted.marks.has(word));
}

/** Names in code are words too: `learning_rate` and `learningRate` speak of a learning rate. */
const spaced = (text: string): string =>
  `${text} ${text.replaceAll(/[_./-]/gu, ' ').replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')}`;

const short = (quote: string): string => (quote.length > 120 ? `${quote.slice(0, 117)}...` : quote);
