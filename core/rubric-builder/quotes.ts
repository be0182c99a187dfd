import { hiddenIn } from '../factory/links.ts';

/** A text that quotes are looked for in. */
export interface Quotable {
  readonly text: string;
  /** What is left of it when a reader's eye is left out: see `bare`. */
  readonly bare: string;
  /** Of each bare character, where it stands in the text. */
  readonly offsets: readonly number[];
}

/** Where a quote stands in a text, as offsets of characters. */
export interface Span {
  start: number;
  end: number;
}

/** Bare characters below which a quote says nothing: `0.5` is found everywhere. */
export const LEAST_QUOTE = 12;

/**
 * What of a text counts when quotes are compared. A PDF breaks lines, hyphenates, writes ligatures and curly quotes; Markdown adds
 * marks and the addresses of links; a model quotes none of that faithfully. So spaces, hyphens, quotation marks, Markdown's marks and
 * addresses behind words are left out, letters are folded, and the rest must agree.
 */
const IGNORED = /[\s\u00ad\-\u2010-\u2015\u2212'"`\u2018-\u201f\u00b4*_#|>\\~$\u200b-\u200d\ufeff]/u;

export function quotable(text: string): Quotable {
  const parts: string[] = [];
  const offsets: number[] = [];
  const hidden = hiddenIn(text);
  let at = 0;
  for (const character of text) {
    while (hidden[0] && at >= hidden[0][1]) hidden.shift();
    if (!IGNORED.test(character) && !(hidden[0] && at >= hidden[0][0])) {
      for (const folded of fold(character)) {
        parts.push(folded);
        for (let unit = 0; unit < folded.length; unit += 1) offsets.push(at);
      }
    }
    at += character.length;
  }
  return { text, bare: parts.join(''), offsets };
}

/** Compatibility forms apart (ligatures, full width), accents off, lower case. */
function fold(character: string): string[] {
  if (character < '\u0080') return [character.toLowerCase()];
  const plain = character.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return Array.from(plain).filter((one) => !IGNORED.test(one));
}

/**
 * Where a quote stands, or undefined. An ellipsis leaves something out: the parts must follow each other in the text, and one
 * of them must be long enough to mean this place.
 */
export function findQuote(source: Quotable, quote: string): Span | undefined {
  const parts = quote
    .split(/\s*(?:\[\s*(?:\.{3}|…)\s*\]|\.{3,}|…)\s*/u)
    .map((part) => quotable(part).bare)
    .filter((part) => part !== '');
  if (!parts.some((part) => part.length >= LEAST_QUOTE)) return undefined;
  let from = 0;
  let first: number | undefined;
  for (const part of parts) {
    const found = source.bare.indexOf(part, from);
    if (found === -1) return undefined;
    first ??= found;
    from = found + part.length;
  }
  const last = source.offsets[from - 1];
  const start = source.offsets[first ?? 0];
  return start === undefined || last === undefined ? undefined : { start, end: last + 1 };
}
