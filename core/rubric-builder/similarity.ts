/** A requirement as it is compared with others. */
export interface Words {
  /** Stems of the words that say something, without repetitions. */
  stems: ReadonlySet<string>;
  /** What makes one of two alike requirements another one: numbers, names, symbols, words in quotation marks. */
  marks: ReadonlySet<string>;
}

export function wordsOf(text: string): Words {
  const marks = new Set<string>(formulas(text));
  const words = text.replaceAll(FORMULA, ' ').normalize('NFKC');
  const tokens = words.match(/[\p{L}\p{N}]+(?:[-_./'][\p{L}\p{N}]+)*|[\\^=<>≤≥±%]+/gu) ?? [];
  const stems = new Set<string>();
  for (const [index, token] of tokens.entries()) {
    if (isMark(token, index)) marks.add(token.toLowerCase());
    const lower = token.toLowerCase();
    if (!COMMON.has(lower)) stems.add(stem(lower));
  }
  return { stems, marks };
}

const FORMULA = /\$\$?[^$]+\$\$?/gu;

/** Formulas, spaces apart: two requirements that differ in a formula ask for two things. */
const formulas = (text: string): string[] =>
  (text.match(FORMULA) ?? []).map((formula) => formula.replaceAll(/[\s$]/gu, ''));

/** A number, a name or a symbol; a capital at the start of the sentence is no name. */
const isMark = (token: string, index: number): boolean =>
  /[\p{N}\\^=<>≤≥±%_/]/u.test(token) || token.length === 1 || /\p{Lu}/u.test(index === 0 ? token.slice(1) : token);

/** The share of all their words that two requirements have in common. */
export function jaccard(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const shared = sharedOf(one, other);
  const all = one.size + other.size - shared;
  return all === 0 ? 1 : shared / all;
}

/** The share of the first one's words that the second has too. */
export const containment = (one: ReadonlySet<string>, other: ReadonlySet<string>): number =>
  one.size === 0 ? 0 : sharedOf(one, other) / one.size;

function sharedOf(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let shared = 0;
  for (const item of one) if (other.has(item)) shared += 1;
  return shared;
}

/** How alike two requirements are, from 0 to 1: by their words, and not at all where a number or a name differs. */
export function similarity(one: Words, other: Words): number {
  const sameMarks = one.marks.size === other.marks.size && sharedOf(one.marks, other.marks) === one.marks.size;
  return sameMarks ? jaccard(one.stems, other.stems) : 0;
}

/** English endings that do not change what is asked for: `evaluated`, `evaluates` and `evaluation` are one. */
function stem(word: string): string {
  if (word.length < 5) return word;
  const short = word.replace(/(?:ations?|ing|ed|es|s|e|ion|ions|ment|ments|ly)$/u, '');
  return short.length >= 4 ? short : word;
}

const COMMON = new Set(
  (
    'a an the of in on at to for with by as from is are was were be been being it its this that these those and or if then ' +
    'has have had can could should must will would do does done not which where when how each all any both such than ' +
    'into via per using used use paper described section implemented correctly been e.g i.e'
  ).split(' '),
);
