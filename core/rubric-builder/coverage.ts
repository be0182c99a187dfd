import { nodesOf, type Draft, type DraftNode } from './draft.ts';
import { shareOf, type CheckResult, type Finding } from './finding.ts';
import type { Support } from './support.ts';

/** A numbered thing of a paper that a reproduction can be held to. */
export interface Exhibit {
  /** `Table 2`. */
  name: string;
  kind: 'Table' | 'Figure' | 'Algorithm';
  number: string;
  /** From its caption on, as far as it is taken to reach. */
  start: number;
  end: number;
}

/** Characters after a caption in which a quote is taken to be from the exhibit: tables stand there as Markdown. */
const REACH = 2500;

const CAPTION =
  /^[ \t>*_#|![(]*(?<kind>Table|Tab\.|Figure|Fig\.|Algorithm)[ \t]*(?<number>\d+|[IVX]+)(?=[ \t]*[.:*_|\])\u2013\u2014-]|[ \t]+\p{Lu}|[ \t]*$)/gimu;

/** The tables, figures and algorithms that a paper's Markdown has captions of, in order, each once. */
export function exhibitsOf(markdown: string): Exhibit[] {
  const found = [...markdown.matchAll(CAPTION)].map((match): Exhibit => {
    const kind = kindOf(match.groups?.['kind'] ?? '');
    const number = match.groups?.['number'] ?? '';
    return { name: `${kind} ${number}`, kind, number, start: match.index, end: match.index + REACH };
  });
  const unique = found.filter((one, index) => found.findIndex(({ name }) => name === one.name) === index);
  return unique.map((one) => ({ ...one, end: Math.min(one.end, nextAfter(found, one.start)) }));
}

const nextAfter = (exhibits: readonly Exhibit[], start: number): number =>
  Math.min(Infinity, ...exhibits.filter((one) => one.start > start).map((one) => one.start));

const kindOf = (word: string): Exhibit['kind'] => {
  if (/^tab/iu.test(word)) return 'Table';
  return /^fig/iu.test(word) ? 'Figure' : 'Algorithm';
};

/**
 * Whether the rubric reaches what the paper shows: an exhibit is covered where a requirement names it or a quote stands in it, and
 * excused where the rubric leaves it out with a reason.
 */
export function checkCoverage(
  { root, leftOut }: Draft,
  of: { markdown: string; supports: readonly Support[]; least: number },
): CheckResult {
  const exhibits = exhibitsOf(of.markdown);
  const covered = exhibits.filter((exhibit) => isCovered(exhibit, { root, supports: of.supports }));
  const missing = exhibits.filter((exhibit) => !covered.includes(exhibit));
  const excused = missing.filter(({ name }) =>
    leftOut.some(({ item, reason }) => sameItem(item, name) && reason !== ''),
  );
  const findings = missing
    .filter((exhibit) => !excused.includes(exhibit))
    .map(({ name }): Finding => ({ path: '', problem: `nothing in the rubric reaches ${name}` }));
  const wanted = exhibits.length - excused.length;
  const share = wanted === 0 ? 1 : shareOf(covered.length, wanted);
  const figures = { exhibits: exhibits.length, covered: covered.length, excused: excused.length, share };
  return { check: 'coverage', ok: share >= of.least, findings, figures };
}

function isCovered(exhibit: Exhibit, { root, supports }: { root: DraftNode; supports: readonly Support[] }): boolean {
  const named = nodesOf(root).some(({ requirements }) => names(requirements, exhibit));
  const quoted = supports.some(
    ({ evidence, span }) =>
      evidence.source === 'paper' && span !== null && span.start >= exhibit.start && span.start < exhibit.end,
  );
  return named || quoted;
}

/** `Table 2`, `Tables 1 and 2`, `Fig. 2`, `Alg. 1`. */
function names(text: string, { kind, number }: Exhibit): boolean {
  const word = { Table: 'tab(?:le)?s?', Figure: 'fig(?:ure)?s?', Algorithm: 'alg(?:orithm)?s?' }[kind];
  const lists = text.matchAll(new RegExp(`\\b${word}\\.?\\s*((?:[\\dIVX]+(?:\\s*(?:,|and|&|to|-|–)\\s*)?)+)`, 'giu'));
  return [...lists].some(([, list]) => numbersIn(list ?? '').includes(number.toUpperCase()));
}

/** The numbers of a list such as `1, 3 and 5-7`. */
function numbersIn(list: string): string[] {
  const ranges = [...list.matchAll(/(\d+)\s*(?:-|–|to)\s*(\d+)/gu)].flatMap(([, from, to]) =>
    Array.from({ length: Math.min(50, Math.max(0, Number(to) - Number(from) + 1)) }, (_, index) =>
      String(Number(from) + index),
    ),
  );
  return [...ranges, ...(list.toUpperCase().match(/\d+|[IVX]+/gu) ?? [])];
}

const sameItem = (item: string, name: string): boolean =>
  item.toLowerCase().replaceAll(/[^a-z0-9]/gu, '') === name.toLowerCase().replaceAll(/[^a-z0-9]/gu, '');
